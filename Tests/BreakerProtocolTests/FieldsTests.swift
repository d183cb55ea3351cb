import BreakerProtocol
import Testing

@Suite struct FieldsTests {
  @Test func wordsAndValuesApart() {
    let fields = Fields("ok open retry_ms=12 why=so%20what a=b=c unsaved")
    #expect(fields.words == ["ok", "open", "unsaved"])
    #expect(fields["retry_ms"] == "12")
    #expect(fields["why"] == "so what")
    #expect(fields["a"] == "b=c")
    #expect(fields["none"] == nil)
  }

  @Test(arguments: ["a=%0A", "a=%zz", "a=%"])
  func whatCannotBeDecodedStaysAsItCame(text: String) { #expect(Fields(text)["a"] == String(text.dropFirst(2))) }
}
