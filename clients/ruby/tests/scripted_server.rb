# frozen_string_literal: true

require "socket"

# A server that does as it is told. It answers +allow+ by {#answer}, or by what that makes of the request; TAG stands for the
# tag of the request; nil: no answer ever; "": the connection is closed. It keeps what it has read.
class ScriptedServer
  attr_accessor :answer, :hello
  attr_reader :lines, :connections

  def initialize(test, path, answer = "+TAG allow closed 77", board: "", epoch: "e")
    @answer = answer
    @hello = "+TAG ok version=0.1.0 epoch=#{epoch} role=use board=#{board} max_line=1024"
    @lines = []
    @connections = 0
    @open = []
    @listening = UNIXServer.new(path)
    @thread = Thread.new { accept }
    test.cleanup { stop }
  end

  def stop
    @thread.kill
    @thread.join
    @listening.close
    drop
  end

  # Closes all connections.
  def drop
    @open.shift(@open.size).each do |connection|
      connection.shutdown
    rescue SystemCallError, IOError
      nil
    end
  end

  def send(data) = @open.last.write(data)

  # The reports and refusals, without tags.
  def told = @lines.select { |line| line.end_with?(" quiet") }.map { |line| line.partition(" ").last }

  # The first so many reports, when they have come.
  def wait_for(count)
    eventually { told.size >= count }
    told
  end

  private

  def accept
    loop do
      connection = @listening.accept
      @connections += 1
      @open.push(connection)
      Thread.new { serve(connection) }
    end
  end

  def serve(connection)
    while (line = connection.gets)
      text = line.chomp
      @lines.push(text)
      next if text.end_with?(" quiet")

      tag, _, request = text.partition(" ")
      reply = request.start_with?("hello ") ? @hello : @answer
      reply = reply.call(request) if reply.respond_to?(:call)
      next unless reply
      break if reply.empty?

      reply = reply.gsub("TAG", tag)
      connection.write(reply.include?("\n") ? reply : "#{reply}\n")
    end
  rescue SystemCallError, IOError
    nil
  ensure
    connection.close
  end
end
