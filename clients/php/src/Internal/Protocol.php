<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Denied;
use Breakerd\InvalidName;

/**
 * Words and lines of protocol version 1.
 *
 * @internal
 */
final class Protocol
{
    /** No line of the daemon is longer; whoever writes one is not it. */
    public const LONGEST_LINE = 65_536;
    /** The most successes that one report may tell of. */
    public const LARGEST_COUNT = 1_000_000;
    /** A year, in seconds: no time that a program gives is longer. */
    public const LONGEST_TIME = 31_536_000;
    /** The longest name of a client, and of a class of errors. */
    private const LONGEST_WORD = 32;

    /** @throws InvalidName */
    public static function checkName(string $name): void
    {
        if (preg_match('{\A[A-Za-z0-9_][A-Za-z0-9._:/@-]{0,99}\z}', $name) !== 1) {
            throw new InvalidName($name);
        }
    }

    /** The beginning of a text, as a value: at most 32 bytes, no control bytes, and no character cut in two. */
    public static function word(string $text): string
    {
        if (preg_match('//u', $text) !== 1) {
            $text = (string) preg_replace('/[^\x20-\x7E]/', '', $text);
        }
        $text = (string) preg_replace('/[\p{C}\p{Z}](?<! )/u', '', $text);
        if (strlen($text) > self::LONGEST_WORD) {
            $text = substr($text, 0, self::LONGEST_WORD);
            while (preg_match('//u', $text) !== 1) {
                $text = substr($text, 0, -1);
            }
        }
        return (string) preg_replace_callback('/[\x00-\x20\x7F%]/', static fn (array $m): string => sprintf('%%%02X', ord($m[0])), $text);
    }

    /**
     * The value of `key=value` among words.
     *
     * @param list<string> $words
     */
    public static function option(array $words, string $key): ?string
    {
        foreach ($words as $word) {
            if (str_starts_with($word, "$key=")) {
                return preg_replace_callback(
                    '/%([0-9A-Fa-f]{2})/', static fn (array $m): string => chr((int) hexdec($m[1])), substr($word, strlen($key) + 1));
            }
        }
        return null;
    }

    /**
     * The token in the reply to `allow`, without its class and tag, if it lets the call pass; null: its end is not to be told.
     *
     * @throws Denied if that is what it says
     * @throws \UnexpectedValueException if it is no such reply
     */
    public static function token(string $reply, string $name): ?string
    {
        $words = explode(' ', $reply);
        if (count($words) >= 2 && $words[0] === 'allow') {
            return preg_match('/\A[0-9]{1,18}(\.[0-9]{1,20})?\z/', $words[2] ?? '') === 1 ? $words[2] : null;
        }
        if (count($words) >= 2 && $words[0] === 'deny') {
            $retry = self::option($words, 'retry_ms') ?? '';
            $isKnown = preg_match('/\A[0-9]{1,18}\z/', $retry) === 1;
            throw new Denied($words[1], $isKnown ? (int) $retry / 1000 : null, $name);
        }
        throw new \UnexpectedValueException($reply);
    }
}
