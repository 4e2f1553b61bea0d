# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Real mail programs, each with the smallest configuration that logs in. Every
function returns what the program fetched or printed, as text; it fails when the
program does."""

import imaplib
import os
import poplib
import shutil
import smtplib
import ssl
import subprocess

from .terminal import Terminal

TIMEOUT = 120


def run(argv, stdin=b"", env=None, accept=(0,)):
    done = subprocess.run([str(arg) for arg in argv], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=TIMEOUT, check=False,
                          env={**os.environ, **(env or {})})
    text = done.stdout.decode("utf-8", "replace")
    assert done.returncode in accept, f"{argv[0]}: {done.returncode}\n{text}"
    return text


def files_below(path):
    """The contents of all files below a directory, one after the other."""
    return "\n".join(file.read_text(errors="replace")
                     for file in sorted(path.rglob("*")) if file.is_file())


def private(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


def c_string(text):
    """In double quotes with backslashes doubled, as rc files want it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tls_context(campus):
    return ssl.create_default_context(cafile=campus.ca)


MESSAGE = """From: {sender}
To: {recipient}
Subject: {subject}

Sent by a program.
"""


# -- IMAP

def curl_imap(campus, login, tmp_path, tls=True):
    """curl prints a literal only where it fetches one whole message."""
    del tmp_path
    common = ["curl", "-sS", "--fail", "--cacert", campus.ca, "--ssl-reqd",
              "-u", f"{login.name}:{login.password}"]
    url = f"imaps://localhost:{campus.port('imaps')}/INBOX" if tls else \
        f"imap://localhost:{campus.port('imap')}/INBOX"
    found = run([*common, url, "-X", "SEARCH SUBJECT marker"])
    newest = found.split()[-1]
    return run([*common, f"{url};MAILINDEX={newest}"])


def curl_imap_starttls(campus, login, tmp_path):
    return curl_imap(campus, login, tmp_path, tls=False)


def mbsync(campus, login, tmp_path):
    store = tmp_path / "mbsync"
    store.mkdir()
    rc = private(tmp_path / "mbsyncrc", f"""
IMAPAccount campus
Host localhost
Port {campus.port('imaps')}
User {c_string(login.name)}
Pass {c_string(login.password)}
SSLType IMAPS
CertificateFile {campus.ca}

IMAPStore far
Account campus

MaildirStore near
Path {store}/
Inbox {store}/INBOX

Channel campus
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
""")
    run(["mbsync", "-c", rc, "-a"])
    return files_below(store)


def fetchmail(campus, login, tmp_path, protocol="imap"):
    box = tmp_path / "fetchmail.box"
    rc = private(tmp_path / "fetchmailrc", f"""
poll localhost service {campus.port(protocol + 's')} protocol {protocol}
  user {c_string(login.name)} password {c_string(login.password)}
  ssl sslcertck sslcertfile "{campus.ca}"
  fetchall keep mda "cat >> {box}"
""")
    run(["fetchmail", "--nosyslog", "--nodetach", "-f", rc,
         "--pidfile", tmp_path / "fetchmail.pid",
         "--idfile", tmp_path / "fetchmail.ids"],
        env={"FETCHMAILHOME": str(tmp_path), "HOME": str(tmp_path)})
    return box.read_text(errors="replace")


def getmail(campus, login, tmp_path, retriever="SimpleIMAPSSLRetriever",
            port="imaps"):
    """Hands what it fetched to carol by LMTP: the one way of delivery for which
    getmail starts no child, whose end it may miss (and then waits for ever)."""
    rc = private(tmp_path / "getmailrc", f"""
[retriever]
type = {retriever}
server = localhost
port = {campus.port(port)}
username = {login.name}
password = {login.password}
ca_certs = {campus.ca}

[destination]
type = MDA_lmtp
host = 127.0.0.1
port = {campus.port('lmtp')}
override = carol.cole@campus.example

[options]
read_all = true
delete = false
""")
    before = len(campus.subjects("abcd0003"))
    text = run(["getmail", "--getmaildir", tmp_path, "--rcfile", rc])
    assert "error" not in text.lower(), text
    return "\n".join(campus.subjects("abcd0003")[before:])


def mutt(campus, login, tmp_path):
    """Saves a copy of each message that has "marker" in its subject."""
    box = tmp_path / "mutt.box"
    rc = private(tmp_path / "muttrc", f"""
set spoolfile = "imaps://localhost:{campus.port('imaps')}/INBOX"
set imap_user = {c_string(login.name)}
set imap_pass = {c_string(login.password)}
set imap_authenticators = "plain"
set ssl_ca_certificates_file = "{campus.ca}"
set ssl_force_tls = yes
set mbox_type = mbox
set confirmappend = no
set confirmcreate = no
set wait_key = no
set header_cache = ""
set copy = no
set quit = yes
set fast_reply = yes
""")
    keys = f"<tag-pattern>~s marker<enter><tag-prefix><copy-message>{box}" \
           "<enter><exit>"
    with Terminal(["mutt", "-n", "-F", rc, "-e", f'push "{keys}"'],
                  {"HOME": str(tmp_path)}) as terminal:
        screen = terminal.wait_for_end()
    assert box.exists(), screen
    return box.read_text(errors="replace")


def offlineimap(campus, login, tmp_path):
    store = tmp_path / "offlineimap"
    name = login.name.replace("%", "%%")
    rc = private(tmp_path / "offlineimaprc", f"""
[general]
accounts = campus
metadata = {tmp_path}/offlineimap.meta

[Account campus]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {store}

[Repository far]
type = IMAP
remotehost = localhost
remoteport = {campus.port('imaps')}
remoteuser = {name}
remotepass = {login.password}
ssl = yes
sslcacertfile = {campus.ca}
auth_mechanisms = LOGIN
folderfilter = lambda folder: folder == 'INBOX'
readonly = True
""")
    run(["offlineimap", "-c", rc, "-o", "-1", "-u", "basic"],
        env={"HOME": str(tmp_path)})
    return files_below(store)


PERL = r"""
use strict;
use warnings;
use IO::Socket::SSL;
use Mail::IMAPClient;
my ($port, $ca, $user, $password) = @ARGV;
my $imap = Mail::IMAPClient->new(
    Server => 'localhost', Port => $port, User => $user,
    Password => $password, Uid => 1,
    Ssl => [ SSL_ca_file => $ca, SSL_verify_mode => SSL_VERIFY_PEER ],
) or die "no login: $@\n";
$imap->examine('INBOX') or die $imap->LastError . "\n";
for my $message ($imap->messages) {
    print $imap->subject($message) || '', "\n";
}
$imap->logout;
"""


def perl_imapclient(campus, login, tmp_path):
    script = tmp_path / "client.pl"
    script.write_text(PERL)
    return run(["perl", script, campus.port("imaps"), campus.ca, login.name,
                login.password])


def python_imaplib(campus, login, tmp_path):
    """imaplib sends the name as a bare atom, backslashes and all."""
    del tmp_path
    imap = imaplib.IMAP4_SSL("localhost", campus.port("imaps"),
                             ssl_context=tls_context(campus))
    imap.login(login.name, login.password)
    imap.select("INBOX", readonly=True)
    _, data = imap.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    imap.logout()
    return "\n".join(item[1].decode("utf-8", "replace") for item in data
                     if isinstance(item, tuple))


# -- POP3

def curl_pop3(campus, login, tmp_path):
    del tmp_path
    common = ["curl", "-sS", "--fail", "--cacert", campus.ca,
              "-u", f"{login.name}:{login.password}"]
    url = f"pop3s://localhost:{campus.port('pop3s')}/"
    count = len(run([*common, url]).split("\n")) - 1
    return run([*common, url + str(count)])


def fetchmail_pop3(campus, login, tmp_path):
    return fetchmail(campus, login, tmp_path, "pop3")


def getmail_pop3(campus, login, tmp_path):
    return getmail(campus, login, tmp_path, "SimplePOP3SSLRetriever", "pop3s")


def python_poplib(campus, login, tmp_path):
    del tmp_path
    pop3 = poplib.POP3_SSL("localhost", campus.port("pop3s"),
                           context=tls_context(campus))
    pop3.user(login.name)
    pop3.pass_(login.password)
    count = len(pop3.list()[1])
    lines = pop3.top(count, 0)[1]
    pop3.quit()
    return b"\n".join(lines).decode("utf-8", "replace")


# -- submission: each sends one message

def curl_smtp(campus, login, tmp_path, sender, recipient, subject):
    path = tmp_path / "message"
    path.write_text(MESSAGE.format(sender=sender, recipient=recipient,
                                   subject=subject))
    return run(["curl", "-sS", "--cacert", campus.ca, "--ssl-reqd",
                "-u", f"{login.name}:{login.password}",
                f"smtp://localhost:{campus.port('submission')}",
                "--mail-from", sender, "--mail-rcpt", recipient, "-T", path])


def msmtp(campus, login, tmp_path, sender, recipient, subject):
    password = private(tmp_path / "msmtp-password", login.password + "\n")
    rc = private(tmp_path / "msmtprc", f"""
defaults
auth plain
tls on
tls_trust_file {campus.ca}
account campus
host localhost
port {campus.port('submissions')}
tls_starttls off
from {sender}
user {c_string(login.name)}
passwordeval cat {password}
account default : campus
""")
    # msmtp takes what stands between the quotes as it is
    rc.write_text(rc.read_text().replace(c_string(login.name),
                                         '"' + login.name + '"'))
    return run(["msmtp", "-C", rc, recipient],
               MESSAGE.format(sender=sender, recipient=recipient,
                              subject=subject).encode())


def swaks(campus, login, tmp_path, sender, recipient, subject):
    del tmp_path
    return run([shutil.which("swaks"), "--server", "localhost", "--port",
                campus.port("submission"), "--tls", "--tls-verify",
                "--tls-ca-path", campus.ca, "--auth", "LOGIN",
                "--auth-user", login.name, "--auth-password", login.password,
                "--from", sender, "--to", recipient,
                "--header", f"Subject: {subject}", "--hide-all"])


def python_smtplib(campus, login, tmp_path, sender, recipient, subject):
    del tmp_path
    with smtplib.SMTP("localhost", campus.port("submission")) as smtp:
        smtp.starttls(context=tls_context(campus))
        smtp.login(login.name, login.password)
        smtp.sendmail(sender, [recipient],
                      MESSAGE.format(sender=sender, recipient=recipient,
                                     subject=subject))
    return ""


READERS = {"curl-imap": curl_imap, "curl-imap-starttls": curl_imap_starttls,
           "mbsync": mbsync, "fetchmail": fetchmail, "getmail6": getmail,
           "mutt": mutt, "offlineimap3": offlineimap,
           "Mail-IMAPClient": perl_imapclient, "imaplib": python_imaplib,
           "curl-pop3": curl_pop3, "fetchmail-pop3": fetchmail_pop3,
           "getmail6-pop3": getmail_pop3, "poplib": python_poplib}
SENDERS = {"curl": curl_smtp, "msmtp": msmtp, "swaks": swaks,
           "smtplib": python_smtplib}
