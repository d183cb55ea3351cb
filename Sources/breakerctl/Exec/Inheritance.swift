/// What a child is to find as this process found it.
///
/// To be made before the first thread is: each one made later has the signals blocked too, and they wait for us.
struct Inheritance {
  let signals = SignalGate()
  let descriptors = OpenDescriptors()
}
