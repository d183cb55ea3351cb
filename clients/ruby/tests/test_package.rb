# frozen_string_literal: true

require_relative "support"
require "rubygems/package"

# The gem as it is built of the sources.
class PackageTest < Case
  SOURCES = File.expand_path("..", __dir__)

  def test_the_gem_holds_what_users_need
    said = IO.popen([Gem.ruby, "-S", "gem", "build", "--silent", "--output", path("breakerd.gem"), "breakerd.gemspec",
                     { chdir: SOURCES, err: %i[child out] }], &:read)
    assert($?.success?, said)
    Gem::Package.new(path("breakerd.gem")).extract_files(path("gem"))
    held = Dir.glob("**/*", base: path("gem")).select { |name| File.file?(path("gem/#{name}")) }
    library, others = held.partition { |name| name.start_with?("lib/") }
    assert_equal(Dir.glob("lib/**/*.rb", base: SOURCES).sort, library.sort)
    assert_equal(%w[LICENSE README.md sig/breakerd.rbs], others.sort)
    # That of the whole project.
    assert_equal(File.binread(File.expand_path("../../LICENSE", SOURCES)), File.binread(path("gem/LICENSE")))
  end
end
