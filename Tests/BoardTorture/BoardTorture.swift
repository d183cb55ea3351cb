@main struct BoardTorture { static func main() {} }
