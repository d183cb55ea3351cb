<?php

declare(strict_types=1);

namespace Breakerd;

/**
 * What a client has done since it was made, or since the fork that made its process. All are counts. Calls that the board let
 * pass ask nothing, and are not among the requests.
 */
final class Statistics
{
    /** Questions to the daemon. */
    public int $requests = 0;
    /** Of these, how many had no answer, or an error for one. */
    public int $unavailable = 0;
    /** Of these, how many waited for the whole deadline. */
    public int $timeouts = 0;
    /** Connections made; one that an earlier script left open is not made. */
    public int $connections = 0;
    /** Files of decisions opened. */
    public int $boards = 0;
    /** Calls refused by the board, without asking. */
    public int $deniedLocally = 0;
    /** Reports written to the socket. One may tell of many calls. */
    public int $reportsSent = 0;
    /** Reports that the daemon refused. */
    public int $reportsRefused = 0;
    /** Reports lost: more than are kept while there is no daemon, or made when the client was closed. */
    public int $reportsDropped = 0;
    /** Reports that wait for a connection now. */
    public int $reportsWaiting = 0;
}
