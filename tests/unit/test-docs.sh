#!/bin/sh
# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
#
# Do the documents and the shipped files say what the source says? Settings and
# their defaults, the words for rules, the fields of the event.
#
# make check sets srcdir; by hand: srcdir=. tests/unit/test-docs.sh

srcdir=${srcdir:-.}
values=$srcdir/auth-driver/campus-setting-values.h
acl_values=$srcdir/plugin/acl-setting-values.h
folder_values=$srcdir/plugin/folder-setting-values.h
quota_values=$srcdir/plugin/quota-setting-values.h
checks=$srcdir/auth-driver/campus-settings.c
login=$srcdir/auth-driver/campus-login.c
verdict=$srcdir/lib-campus/auth-verdict.c
role=$srcdir/lib-campus/project-role.c
man5=$srcdir/doc/dovecot-campus-settings.5
man7=$srcdir/doc/dovecot-campus.7
events=$srcdir/doc/events.md
conf23=$srcdir/conf.d/2.3/dovecot-campus.conf.ext
conf23_plugins=$srcdir/conf.d/2.3/90-campus.conf
conf24=$srcdir/conf.d/2.4/90-campus.conf

# Words that look like settings: userdb fields, the event, a passdb block, the
# plugins.
no_settings=" campus_role campus_quota_warn campus_quota_send campus_mail_host campus_login_finished campus_master campus_folders campus_acl campus_quota campus_server_down campus_server_up campus_server_preferred "

LC_ALL=C
export LC_ALL
failures=0

fail() {
	printf 'test-docs: %s\n' "$*" >&2
	failures=$((failures + 1))
}

for file in "$values" "$acl_values" "$folder_values" "$quota_values" "$checks" "$login" "$verdict" "$role" \
	"$man5" "$man7" "$events" "$conf23" "$conf23_plugins" "$conf24"; do
	if [ ! -r "$file" ]; then
		printf 'test-docs: cannot read %s (is srcdir right?)\n' "$file" >&2
		exit 1
	fi
done

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
tab=$(printf '\t')

# Nothing found means that the tests below would test nothing.
not_empty() { # FILE WHAT SOURCE
	if [ ! -s "$1" ]; then
		fail "found no $2 in $3: has its shape changed?"
	fi
}

##
## Settings: "campus_name<tab>default", from the table in the header and from
## the manual page
##

# Where a setting stands in the files for 2.3 and 2.4 is kept, too.
table() { # HEADER MACRO PREFIX FILE-FOR-2.3
	awk -v macro="$2" -v prefix="$3" -v conf="$4" '
	index($0, "#define " macro "(") == 1 { on = 1 }
	on {
		cont = sub(/[ \t]*\\$/, "")
		text = text " " $0
		if (!cont)
			exit
	}
	END {
		n = split(text, part, "SETTING\\(")
		for (i = 2; i <= n; i++) {
			name = value = part[i]
			sub(/,.*/, "", name)
			sub(/^[^,]*,[ \t]*"/, "", value)
			sub(/"[^"]*$/, "", value)
			# "two " "pieces"
			gsub(/"[ \t]+"/, "", value)
			print prefix name "\t" conf "\t" value
		}
	}' "$1" >"$dir/table"
	not_empty "$dir/table" settings "$1"
	cat "$dir/table" >>"$dir/settings"
}
table "$values" CAMPUS_SETTINGS campus_ "$conf23"
table "$acl_values" ACL_SETTINGS campus_ "$conf23_plugins"
table "$folder_values" FOLDER_SETTINGS campus_folder_ "$conf23_plugins"
table "$quota_values" QUOTA_SETTINGS campus_ "$conf23_plugins"

awk '
	/^\.It Va campus_/ {
		if (name != "")
			print name "\tno default is told"
		name = $3
		next
	}
	name != "" && /^Default: empty/ {
		print name "\t"
		name = ""
	}
	name != "" && /^\.Ql "/ {
		sub(/^\.Ql "/, "")
		sub(/(\\&)?"$/, "")
		print name "\t" $0
		name = ""
	}
	name != "" && !/^Default:$/ {
		print name "\tno default is told"
		name = ""
	}' "$man5" >"$dir/man"
not_empty "$dir/man" settings "$man5"

while IFS=$tab read -r name conf_2_3 value; do
	line=$(grep "^$name$tab" "$dir/man")
	if [ -z "$line" ]; then
		fail "$name is not in $man5"
	elif [ "$line" != "$name$tab$value" ]; then
		fail "$name has the default '$value'; $man5 says '${line#*"$tab"}'"
	fi
	for conf in "$conf_2_3" "$conf24"; do
		# As "name = value" or "#name = value"; in 2.3's plugin { }
		# behind spaces
		count=$(grep -c "^ *#\{0,1\}$name =" "$conf")
		if [ "$count" != 1 ]; then
			fail "$name stands $count times in $conf, not once"
			continue
		fi
		# A line with a # shows the default, or an example marked SITE
		line=$(grep "^ *#$name =" "$conf") || continue
		line=${line#"${line%%#*}"}
		case $line in
		*' # SITE') continue ;;
		esac
		line=${line#"#$name ="}
		if [ "${line# }" != "$value" ]; then
			fail "$name has the default '$value'; $conf shows '${line# }'"
		fi
	done
done <"$dir/settings"

cut -f 1 "$dir/settings" | sort >"$dir/names"
cut -f 1 "$dir/man" | sort | uniq -d | while read -r name; do
	printf 'test-docs: %s stands twice in %s\n' "$name" "$man5" >&2
	: >"$dir/twice"
done
if [ -e "$dir/twice" ]; then
	failures=$((failures + 1))
fi

# Nobody tells of a setting that there is not.
for file in "$man5" "$man7" "$events" "$srcdir/README.md" \
	"$srcdir/doc/architecture.md" "$srcdir"/conf.d/2.*/*; do
	[ -e "$file" ] || continue
	# An expression such as "campus_*_attribute" names no setting.
	tr -cs 'A-Za-z0-9_*' '[\n*]' <"$file" | grep '^campus_' |
		grep -v '\*' | sort -u >"$dir/words"
	for name in $(comm -23 "$dir/words" "$dir/names"); do
		case $no_settings in
		*" $name "*) ;;
		*) fail "$file names $name, which is no setting" ;;
		esac
	done
done

# What must be set is told so, and is set in the shipped files.
awk '/^static int setting_required/ { on = 1 } on && /^}/ { exit } on' \
	"$checks" | grep -o '"campus_[a-z_]*"' | tr -d '"' >"$dir/required"
not_empty "$dir/required" "settings that must be set" "$checks"
while read -r name; do
	awk -v name="$name" '
		$0 == ".It Va " name { on = 1; next }
		/^\.It / { on = 0 }
		on && /^Default: empty; must be set\.$/ { found = 1 }
		END { exit !found }' "$man5" ||
		fail "$name must be set; $man5 does not say so"
	for conf in "$conf23" "$conf24"; do
		grep -q "^$name = .* # SITE\$" "$conf" ||
			fail "$name must be set; $conf does not set it in a line marked SITE"
	done
done <"$dir/required"

##
## Rules and fields: the first column of the tables in events.md
##

# The words in the tables whose first column has that heading.
told() { # HEADING
	awk -v heading="$1" -F '|' '
		!/^\|/ { on = 0; next }
		$2 == " " heading " " { on = 1; next }
		on && $2 ~ /^ `[a-z_-]+` $/ {
			gsub(/[ `]/, "", $2)
			print $2
		}' "$events" | sort
}

# The words that the source has, and those that events.md tells.
compare() { # WHAT SOURCE
	for word in $(comm -23 "$dir/source" "$dir/told"); do
		fail "the $1 $word of $2 is not in $events"
	done
	for word in $(comm -13 "$dir/source" "$dir/told"); do
		fail "$events tells of the $1 $word, which $2 does not know"
	done
}

# Every small word in quotes is a rule, but for names of services, and for
# "password", which stands for "right so far" and is never the last word.
# A role that is let in is a rule, too.
{
	tr '\n' ' ' <"$verdict" | sed 's/strcmp([^)]*)//g' |
		grep -o '"[a-z][a-z-]*"' | grep -v -x '"password"'
	if grep -q project_role_name "$verdict"; then
		grep -o '^	\[PROJECT_ROLE_[A-Z]*\] = "[a-z]*"' "$role" |
			grep -o '"[a-z]*"' | grep -v -x '"none"'
	fi
} | tr -d '"' | sort -u >"$dir/source"
not_empty "$dir/source" "rule words" "$verdict"
told rule >"$dir/told"
compare rule "$verdict"

grep -o 'add_\(str\|int\)("[a-z_]*"' "$login" | grep -o '"[a-z_]*"' |
	tr -d '"' | sort -u >"$dir/source"
not_empty "$dir/source" fields "$login"
told field >"$dir/told"
compare field "$login"
name=$(grep -o 'set_name("[a-z_]*")' "$login" | cut -d '"' -f 2)
grep -q "\`$name\`" "$events" || fail "the event $name is not in $events"
grep -oh 'set_name("[a-z_]*")' "$srcdir"/auth-driver/campus-ldap.c \
	"$srcdir"/auth-driver/campus-servers.c | cut -d '"' -f 2 >"$dir/events"
not_empty "$dir/events" events "$srcdir/auth-driver"
while read -r name; do
	grep -q "^| \`$name\` |" "$events" || fail "the event $name is not in $events"
done <"$dir/events"

if [ "$failures" -gt 0 ]; then
	printf 'test-docs: %s failed\n' "$failures" >&2
	exit 1
fi
