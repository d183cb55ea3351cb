#: The version of this library, as it is told to the daemon.
__version__ = "0.1.0"
