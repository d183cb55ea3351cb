#!/usr/bin/env php
<?php

declare(strict_types=1);

/**
 * Measures guarded calls on a closed breaker, by the board and over the socket, against ackintosh/ganesha, in turns in one run.
 *
 *     BREAKERD_BIN=path of breakerd  GANESHA=directory of its sources  clients/php/bench.php [rounds]
 *
 * Of each contestant: the median over all rounds, the quarter that was fastest, and the fastest, in nanoseconds a call. The function that is
 * called does nothing. Ganesha keeps its counts in an array here, the cheapest storage that there can be: no other process sees them.
 * With ext-apcu (-d apc.enable_cli=1) it is measured with its own adapter for that as well, which all workers of one php-fpm share. Machines
 * that have other work show medians that are too long; the ratios hold.
 */

use Ackintosh\Ganesha;
use Ackintosh\Ganesha\Configuration;
use Ackintosh\Ganesha\Context;
use Ackintosh\Ganesha\Storage\Adapter\Apcu;
use Ackintosh\Ganesha\Storage\Adapter\TumblingTimeWindowInterface;
use Ackintosh\Ganesha\Storage\AdapterInterface;

require __DIR__ . '/autoload.php';

const CALLS = 2_000;

$ganesha = (string) getenv('GANESHA');
if (!is_file("$ganesha/src/Ganesha.php")) {
    exit("GANESHA is to name a directory with the sources of ackintosh/ganesha\n");
}
spl_autoload_register(static function (string $class) use ($ganesha): void {
    $file = "$ganesha/src/" . strtr(substr($class, strlen('Ackintosh\\')), '\\', '/') . '.php';
    if (str_starts_with($class, 'Ackintosh\\') && is_file($file)) {
        require $file;
    }
});

/** Makes the storage of Ganesha an array. */
function arrayAdapter(): AdapterInterface
{
    return new class () implements AdapterInterface, TumblingTimeWindowInterface {
        private array $values = [];

        public function supportCountStrategy(): bool
        {
            return true;
        }

        public function supportRateStrategy(): bool
        {
            return true;
        }

        public function setContext(Context $context): void
        {
        }

        public function setConfiguration(Configuration $configuration): void
        {
        }

        public function load(string $service): int
        {
            return $this->values[$service] ?? 0;
        }

        public function save(string $service, int $count): void
        {
            $this->values[$service] = $count;
        }

        public function increment(string $service): void
        {
            $this->values[$service] = ($this->values[$service] ?? 0) + 1;
        }

        public function decrement(string $service): void
        {
            $this->values[$service] = max(0, ($this->values[$service] ?? 0) - 1);
        }

        public function saveLastFailureTime(string $service, int $lastFailureTime): void
        {
            $this->values[$service] = $lastFailureTime;
        }

        public function loadLastFailureTime(string $service): ?int
        {
            return $this->values[$service] ?? null;
        }

        public function saveStatus(string $service, int $status): void
        {
            $this->values[$service] = $status;
        }

        public function loadStatus(string $service): int
        {
            return $this->values[$service] ?? Ganesha::STATUS_CALMED_DOWN;
        }

        public function reset(): void
        {
            $this->values = [];
        }
    };
}

/** A guarded call, as its documentation writes it. */
function byGanesha(Ganesha $ganesha): Closure
{
    return static function (callable $function) use ($ganesha): mixed {
        if (!$ganesha->isAvailable('api')) {
            throw new RuntimeException('not available');
        }
        try {
            $result = $function();
        } catch (Exception $error) {
            $ganesha->failure('api');
            throw $error;
        }
        $ganesha->success('api');
        return $result;
    };
}

function measure(Closure $call): float
{
    $nothing = static fn (): ?int => null;
    $begin = hrtime(true);
    for ($number = 0; $number < CALLS; $number++) {
        $call($nothing);
    }
    return (hrtime(true) - $begin) / CALLS;
}

$rounds = (int) ($argv[1] ?? 100);
$directory = sys_get_temp_dir() . '/breakerd-' . bin2hex(random_bytes(6));
mkdir($directory);
$program = (string) getenv('BREAKERD_BIN') ?: __DIR__ . '/../../.build/release/breakerd';
$log = ['file', "$directory/log", 'a'];
$daemon = proc_open([$program, '--socket', "$directory/s", '--admin-socket', "$directory/a", '--state', "$directory/db", '--board',
    "$directory/board"], [$log, $log, $log], $pipes);
while (!file_exists("$directory/a")) {
    usleep(10_000);
    clearstatcache();
    if (!proc_get_status($daemon)['running']) {
        exit("breakerd did not start\n");
    }
}
$board = (new Breakerd\Client("$directory/s", deadline: 1))->breaker('api');
$socket = (new Breakerd\Client("$directory/s", deadline: 1, useBoard: false))->breaker('api');
$count = static fn (AdapterInterface $adapter): Ganesha => Ganesha\Builder::withCountStrategy()->adapter($adapter)->failureCountThreshold(5)
    ->intervalToHalfOpen(5)->build();
$rate = static fn (AdapterInterface $adapter): Ganesha => Ganesha\Builder::withRateStrategy()->adapter($adapter)->failureRateThreshold(50)
    ->intervalToHalfOpen(5)->minimumRequests(20)->timeWindow(60)->build();
$contestants = [
    'no breaker' => static fn (callable $function): mixed => $function(),
    'ganesha, count, in an array' => byGanesha($count(arrayAdapter())),
    'ganesha, rate, in an array' => byGanesha($rate(arrayAdapter())),
];
if (function_exists('apcu_enabled') && apcu_enabled()) {
    $contestants['ganesha, count, APCu'] = byGanesha($count(new Apcu()));
    $contestants['ganesha, rate, APCu'] = byGanesha($rate(new Apcu()));
}
$contestants += [
    'breakerd, call' => $board->call(...),
    'breakerd, permit' => static function (callable $function) use ($board): void {
        $permit = $board->permit();
        $function();
        $permit->ok();
    },
    'breakerd, call, over the socket' => $socket->call(...),
];
// Outcomes of a breaker's first second are not collected.
$end = hrtime(true) + 1_500_000_000;
while (hrtime(true) < $end) {
    $board->call('pi');
    $socket->call('pi');
}
$times = [];
for ($round = 0; $round < $rounds; $round++) {
    foreach ($contestants as $name => $contestant) {
        $times[$name][] = measure($contestant);
    }
}
proc_terminate($daemon);
proc_close($daemon);
exec('rm -rf ' . escapeshellarg($directory));

$median = static fn (array $sorted): float => $sorted[intdiv(count($sorted), 2)];
foreach ($times as &$sorted) {
    sort($sorted);
}
unset($sorted);
$rival = $times['ganesha, rate, in an array'];
printf("%-34s%8s%9s%9s   ratio to ganesha, rate, in an array, of medians (of fastest)\n", '', 'median', 'quarter', 'fastest');
foreach ($times as $name => $sorted) {
    printf("%-34s%8.0f%9.0f%9.0f   %.2f (%.2f)\n", $name, $median($sorted), $sorted[intdiv(count($sorted), 4)], $sorted[0],
        $median($sorted) / $median($rival), $sorted[0] / $rival[0]);
}
