<?php

declare(strict_types=1);

namespace Breakerd\Internal;

use Breakerd\Local;
use Breakerd\OnUnavailable;
use Breakerd\Unavailable;
use Psr\Log\LoggerInterface;

/**
 * What the program's log hears of the connection: a line a minute of each kind at most, with what to do.
 *
 * Lines are kept until {@see write}, since a log may be slow, or be guarded itself.
 *
 * @internal
 */
final class Complaints
{
    private const INTERVAL = 60_000_000_000;

    private readonly string $consequence;
    /** @var list<array{string, string}> */
    private array $lines = [];

    /** @param LoggerInterface|\Closure(string, string): mixed|null $logger null: PHP's error log */
    public function __construct(
        private readonly LoggerInterface|\Closure|null $logger,
        OnUnavailable|Local $onUnavailable,
        private readonly Memory $memory,
    ) {
        $outcome = match ($onUnavailable) {
            OnUnavailable::Allow => 'calls are not guarded',
            OnUnavailable::Deny => 'calls are refused',
            default => 'each process guards its calls alone',
        };
        $rule = $onUnavailable instanceof Local
            ? sprintf('local, %d failures, %g s', $onUnavailable->failures, $onUnavailable->duration)
            : $onUnavailable->value;
        $this->consequence = "$outcome (on_unavailable=$rule)";
    }

    /** A call was not answered. */
    public function unavailable(Unavailable $error, string $path): void
    {
        switch ($error->reason) {
            case 'closed':
                return;
            case 'not-permitted':
                // No look-up of names here: they may come over a network, and a call waits.
                $user = Paths::userId();
                $this->add('not-permitted', 'error',
                    "No permission to open breakerd's socket $path as uid $user, so $this->consequence. "
                    . "To mend it: usermod -aG \"\$(stat -c %G $path)\" \"\$(id -nu $user)\", then log in or start anew");
                return;
            case 'refused':
                // It was asked, and what it said of that is to be seen nowhere else.
                $this->add('call-refused', 'warning', "$this->consequence, since {$error->getMessage()}");
                return;
            default:
                $this->add('unavailable', 'warning', "breakerd cannot be asked, so $this->consequence: {$error->getMessage()}");
        }
    }

    /** The daemon refused a report. */
    public function refused(string $line): void
    {
        $this->add('refused', 'warning', 'breakerd refused a report: ' . $line);
    }

    /** Writes what was kept. No connection may be in use. */
    public function write(): void
    {
        while ($this->lines !== []) {
            [$level, $text] = array_shift($this->lines);
            try {
                match (true) {
                    $this->logger === null => error_log($text),
                    $this->logger instanceof LoggerInterface => $this->logger->log($level, $text),
                    default => ($this->logger)($level, $text),
                };
            } catch (\Throwable) {
                // A log that is broken is no reason for a call to fail.
                error_log($text);
            }
        }
    }

    private function add(string $kind, string $level, string $text): void
    {
        $now = hrtime(true);
        $age = $now - ($this->memory->get("$kind at") ?? PHP_INT_MIN);
        if ($age < 0 || $age >= self::INTERVAL) {
            $this->memory->set(["$kind at" => $now]);
            // What a stranger has said may be anything.
            $this->lines[] = [$level, (string) preg_replace('/[\x00-\x1F\x7F]/', '?', $text)];
        }
    }
}
