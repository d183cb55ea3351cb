/// A named set of settings, that makes breakers behave as those of a library that a team knows.
struct Preset: Sendable {
  let name: String
  let layer: Layer
}
