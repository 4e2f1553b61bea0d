#!/bin/sh
# Make configure from configure.ac; needs autoconf, automake, libtool and
# dovecot-dev (for dovecot.m4).
cd "$(dirname "$0")" && mkdir -p m4 && exec autoreconf -fi
