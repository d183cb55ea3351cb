# frozen_string_literal: true

require_relative "support"

# What sig/ says of the library, which editors and type checkers go by. The tool is the rbs that comes with Ruby.
class SignaturesTest < Case
  SIGNATURES = File.expand_path("../sig", __dir__)
  TOOL = begin
    Gem.bin_path("rbs", "rbs")
  rescue Gem::Exception
    nil
  end
  # Public for the library's other files only.
  INTERNAL = { "Breakerd::Breaker" => %i[initialize settle], "Breakerd::Permit" => %i[initialize] }.freeze
  # Tests that use the library as it is meant to be used.
  USES = %w[test_replies test_endings test_board_calls test_batches].freeze

  def setup
    super
    skip("there is no rbs") unless TOOL
  end

  def test_they_agree_with_each_other
    said = IO.popen([RbConfig.ruby, TOOL, "-I", SIGNATURES, "validate", "--silent", err: %i[child out]], &:read)
    assert($?.success?, said)
  end

  def test_values_are_of_the_types_that_they_say
    environment = { "RBS_TEST_TARGET" => "Breakerd::*", "RBS_TEST_OPT" => "-I #{SIGNATURES}", "RBS_TEST_LOGLEVEL" => "error" }
    tests = USES.map { |name| "#{name}.rb" }
    said = IO.popen([environment, RbConfig.ruby, "-rrbs/test/setup", File.join(__dir__, "run.rb"), *tests, err: %i[child out]], &:read)
    assert($?.success?, said)
  end

  def test_they_name_all_that_is_public_and_nothing_else
    declared = declarations
    assert_equal(modules.keys.sort, declared.keys.sort)
    modules.each do |name, of|
      assert_equal(methods_of(of) - INTERNAL.fetch(name, []), declared[name].uniq.sort, name)
    end
  end

  private

  # The modules and classes of the library that programs may name.
  def modules
    known = { "Breakerd" => Breakerd }
    Breakerd.constants.map { |name| Breakerd.const_get(name) }.grep(Module).each { |of| known[of.name] = of }
    # It is there only where Faraday is.
    known.except("Breakerd::Faraday")
  end

  def methods_of(of)
    # Those of each Struct are Ruby's own.
    singleton = of.is_a?(Class) && of < Struct ? [] : of.singleton_methods(false).map { |name| :"self.#{name}" }
    made = of.private_method_defined?(:initialize, false) ? [:initialize] : []
    (of.public_instance_methods(false) + singleton + made).sort
  end

  def declarations
    require "rbs"
    loader = RBS::EnvironmentLoader.new(core_root: nil)
    loader.add(path: Pathname(SIGNATURES))
    RBS::Environment.from_loader(loader).class_decls.to_h do |name, entry|
      members = entry.decls.flat_map { |declaration| declaration.decl.members }
      [name.to_s.delete_prefix("::"), members.flat_map { |member| names(member) }]
    end
  end

  def names(member)
    case member
    when RBS::AST::Members::MethodDefinition then member.kind == :singleton ? :"self.#{member.name}" : member.name
    when RBS::AST::Members::AttrReader then member.name
    when RBS::AST::Members::AttrAccessor then [member.name, :"#{member.name}="]
    else []
    end
  end
end
