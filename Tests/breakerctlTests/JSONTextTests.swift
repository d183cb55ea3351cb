import BreakerProtocol
import Testing

@testable import breakerctl

@Suite struct JSONTextTests {
  @Test(arguments: [
    ("name=api ok=12 rate=0.5", #"{"name":"api","ok":12,"rate":0.5}"#),
    ("name=12 token=5.1 epoch=99", #"{"name":"12","token":"5.1","epoch":"99"}"#),
    ("a=012 b=1e3 c=1. d=-3 e=0 f=", #"{"a":"012","b":"1e3","c":"1.","d":-3,"e":0,"f":""}"#),
    ("n=9007199254740993 m=9007199254740992", #"{"n":"9007199254740993","m":9007199254740992}"#),
    (#"w="\"#, #"{"w":"\"\\"}"#),
    ("ok open a=1 a=2", #"{"words":["ok","open"],"a":1}"#),
    ("unsaved=true saved=false why=true", #"{"unsaved":true,"saved":false,"why":"true"}"#),
    ("", "{}"),
  ])
  func objects(text: String, json: String) { #expect(JSONText.object(Fields(text)) == json) }

  @Test func controlCharactersAreEscaped() { #expect(JSONText.string("a\n\u{1}\u{7F}é") == #""a\n\u0001\u007fé""#) }

  @Test func arrays() {
    #expect(JSONText.array([]) == "[]")
    #expect(JSONText.array(["1", "2"]) == "[\n1,\n2\n]")
  }
}
