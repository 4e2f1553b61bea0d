# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The parts that the integration tests stand on: one class per server or
program, each in a file of its own."""
