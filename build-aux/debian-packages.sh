# shellcheck shell=bash
# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
#
# The Debian packages that building, running and testing need, and how they are
# brought in without starting a service. Sourced by ./demo and ./check.

# shellcheck disable=SC2034 # used by those who source this
CAMPUS_BUILD_PACKAGES="autoconf automake dovecot-dev gcc libc6-dev libldap-dev
libssl-dev libtool libunistring-dev make pkgconf"
# shellcheck disable=SC2034
CAMPUS_RUN_PACKAGES="curl dovecot-core dovecot-imapd dovecot-lmtpd
dovecot-managesieved dovecot-pop3d dovecot-sieve dovecot-submissiond openssl
postfix postfix-ldap python3-minimal slapd"
# shellcheck disable=SC2034
CAMPUS_TEST_PACKAGES="alpine ca-certificates chromium chromium-driver fetchmail
getmail6 imapfilter isync libio-socket-ssl-perl libmail-imapclient-perl msmtp mutt
offlineimap3 php-cgi php-cli procps python3-ldap python3-pytest python3-selenium
roundcube-core roundcube-sqlite3 strace swaks valgrind"

CAMPUS_POLICY=/usr/sbin/policy-rc.d
CAMPUS_POLICY_SAVED=$CAMPUS_POLICY.before-campus
# yes while a policy of ours is in place: who sources this restores it at exit
campus_policy_changed=no

campus_missing_packages() { # PACKAGE ...
	local package
	for package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			printf '%s ' "$package"
	done
}

campus_restore_policy() {
	rm -f "$CAMPUS_POLICY"
	if [ -e "$CAMPUS_POLICY_SAVED" ] || [ -L "$CAMPUS_POLICY_SAVED" ]; then
		mv "$CAMPUS_POLICY_SAVED" "$CAMPUS_POLICY"
	fi
	campus_policy_changed=no
}

# What apt brings in must not start: invoke-rc.d asks this script.
campus_forbid_services() {
	if [ -e "$CAMPUS_POLICY_SAVED" ]; then campus_restore_policy; fi
	campus_policy_changed=yes
	if [ -e "$CAMPUS_POLICY" ] || [ -L "$CAMPUS_POLICY" ]; then
		mv "$CAMPUS_POLICY" "$CAMPUS_POLICY_SAVED"
	fi
	printf '#!/bin/sh\n# Made by dovecot-campus for one apt run.\nexit 101\n' >"$CAMPUS_POLICY"
	chmod 755 "$CAMPUS_POLICY"
}

# --no-remove: another MTA, say, must not go because we came.
campus_apt_install() { # LOG PACKAGE ...
	local log=$1
	shift
	DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=600 --no-install-recommends --no-remove \
		install "$@" </dev/null >>"$log" 2>&1
}

# Says what is missing and installs it; says nothing when all is there.
# Returns 1 with a sentence on stderr if that fails; LOG holds what apt said.
campus_install_packages() { # LOG PACKAGE ...
	local log=$1 missing
	shift
	read -r -a missing <<<"$(campus_missing_packages "$@")"
	[ "${#missing[@]}" -gt 0 ] || return 0
	if ! command -v apt-get >/dev/null; then
		printf 'These packages are missing and there is no apt-get here: %s\n' "${missing[*]}" >&2
		return 1
	fi
	printf 'Installing with apt: %s\n' "${missing[*]}"
	campus_forbid_services
	if ! apt-cache show "${missing[@]}" >/dev/null 2>&1 ||
		! campus_apt_install "$log" "${missing[@]}"; then
		apt-get -q -o DPkg::Lock::Timeout=600 update >>"$log" 2>&1
		campus_apt_install "$log" "${missing[@]}"
	fi
	campus_restore_policy
	if [ -n "$(campus_missing_packages "$@")" ]; then
		tail -n 15 "$log" >&2
		printf 'apt could not install these packages: %s\n' "$(campus_missing_packages "$@")" >&2
		return 1
	fi
}
