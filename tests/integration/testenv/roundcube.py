# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Roundcube as Debian packages it, with a configuration of its own and PHP's
web server, and a browser in front of it."""

import os
import pathlib
import shutil
import socket
import subprocess
import urllib.parse

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from .wait import until

ROOT = pathlib.Path("/var/lib/roundcube/public_html")
SHIPPED = pathlib.Path("/etc/roundcube")
# Above the port base, as are those of the other servers.
PORT = 80
CONFIG = """<?php
$config['db_dsnw'] = 'sqlite:///{path}/roundcube.db?mode=0640';
$config['imap_host'] = 'ssl://localhost:{imaps}';
$config['imap_conn_options'] = ['ssl' => ['cafile' => '{ca}',
    'verify_peer' => true, 'verify_peer_name' => true]];
$config['smtp_host'] = 'ssl://localhost:{submissions}';
$config['smtp_conn_options'] = $config['imap_conn_options'];
$config['mail_domain'] = 'campus.example';
$config['des_key'] = 'only-for-tests-24-chars.';
$config['log_dir'] = '{path}/log';
$config['temp_dir'] = '{path}/temp';
$config['imap_debug'] = true;
$config['language'] = 'en_US';
$config['plugins'] = [];
"""


class Roundcube:
    """The web server. What is not in settings (a dict of PHP expressions) is
    Roundcube's default."""

    def __init__(self, campus, path, settings=None):
        self.port = campus.port_base + PORT
        self.url = f"http://127.0.0.1:{self.port}/"
        self.path = path
        self.settings = path / "settings.php"
        self.imap_log = path / "log/imap.log"
        for name in ("config", "log", "temp"):
            (path / name).mkdir(parents=True)
        for file in ("defaults.inc.php", "mimetypes.php"):
            shutil.copy(SHIPPED / file, path / "config" / file)
        (path / "config/config.inc.php").write_text(CONFIG.format(
            path=path, ca=campus.ca, imaps=campus.port("imaps"),
            submissions=campus.port("submissions")) +
            f"include '{self.settings}';\n")
        self.configure(settings or {})
        with open(path / "log/php.log", "wb") as log:
            # pylint: disable=consider-using-with
            self.process = subprocess.Popen(
                ["php", "-d", "opcache.enable_cli=1",
                 "-d", "opcache.revalidate_freq=0",
                 "-S", f"127.0.0.1:{self.port}", "-t", str(ROOT)],
                env={**os.environ, "ROUNDCUBE_CONFIG_DIR": f"{path}/config"},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self._answers, "PHP's web server answers")

    def configure(self, settings):
        """Takes effect with the next request."""
        self.settings.write_text("<?php\n" + "".join(
            f"$config['{name}'] = {value};\n"
            for name, value in settings.items()))

    def _answers(self):
        assert self.process.poll() is None, \
            (self.path / "log/php.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.kill()
        self.process.wait()


def browser(path):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless", "--no-sandbox", "--disable-gpu",
                     "--disable-quic", "--disable-dev-shm-usage",
                     "--no-first-run", "--no-proxy-server",
                     "--disable-background-networking",
                     "--disable-component-update", "--disable-sync",
                     "--disable-extensions", "--window-size=1600,900",
                     f"--user-data-dir={path}"):
        options.add_argument(argument)
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")),
                            options=options)


class Webmail:
    """What a person does with Roundcube in a browser."""

    def __init__(self, driver, roundcube):
        self.driver = driver
        self.url = roundcube.url

    def find(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        """Waits for an element to be there."""
        return until(lambda: self.find(selector), selector)[0]

    def ask(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def idle(self):
        """Nothing is asked of the server."""
        return self.ask("return document.readyState == 'complete' && "
                        "window.rcmail !== undefined && !rcmail.busy && "
                        "window.jQuery !== undefined && jQuery.active == 0")

    def until_idle(self):
        until(self.idle, "Roundcube is idle")

    def login(self, login):
        self.driver.delete_all_cookies()
        self.driver.get(self.url)
        self.one("#rcmloginuser").send_keys(login.name)
        self.one("#rcmloginpwd").send_keys(login.password + Keys.ENTER)
        self.one("#mailboxlist li")
        self.until_idle()

    def folders(self):
        """The folder list: what it is for (a word of Roundcube's), its name on
        the server, and what the person reads."""
        return [tuple(entry) for entry in self.ask("""
            return jQuery('#mailboxlist li.mailbox').get().map(function(li) {
                var uses = ['inbox', 'drafts', 'sent', 'trash', 'junk',
                            'archive'];
                var link = jQuery(li).children('a').first();
                return [uses.filter(use => li.classList.contains(use)).join(),
                        link.attr('rel'),
                        link.clone().children('.unreadcount').remove().end()
                            .text().trim()];
            });""")]

    def open(self, name):
        """Click on a folder, given as it is named on the server."""
        link, = [link for link in self.find("#mailboxlist a")
                 if link.get_attribute("rel") == name]
        link.click()
        until(lambda: self.idle() and
              self.ask("return rcmail.env.mailbox") == name,
              f"{name} is open")

    def rows(self):
        """The list of messages: subjects, and their rows in the page. A row
        that is gone may only be hidden."""
        return self.ask("""
            return jQuery('#messagelist tr.message:visible').get().map(
                row => [jQuery('.subject a', row).text().trim(), row]);""")

    def subjects(self):
        self.until_idle()
        return [subject for subject, _ in self.rows()]

    def row(self, subject):
        return until(lambda: dict(self.rows()).get(subject),
                     f"{subject!r} is listed")

    def is_flagged(self, subject):
        return "flagged" in self.row(subject).get_attribute("class").split()

    def flag(self, subject):
        row = self.row(subject)
        # the little flag shows when the mouse is in its row
        ActionChains(self.driver).move_to_element(row).move_to_element(
            row.find_element(By.CSS_SELECTOR, "span.flag")).click().perform()
        until(lambda: self.idle() and self.is_flagged(subject),
              f"{subject!r} is flagged")

    def read(self, subject):
        """Click on a message; it shows beside the list."""
        self.row(subject).find_element(By.CSS_SELECTOR, ".subject").click()
        until(lambda: self.idle() and self.ask("""
            var shown = rcmail.get_frame_window('messagecontframe').rcmail;
            return shown && shown.env.uid == rcmail.get_single_uid();"""),
              f"{subject!r} is shown")

    def delete(self, subject):
        self.read(subject)
        self.one("#toolbar-menu a.delete:not(.disabled)").click()
        until(lambda: self.idle() and subject not in self.subjects(),
              f"{subject!r} is no longer listed")

    def send(self, recipient, subject):
        self.driver.get(self.url + "?" + urllib.parse.urlencode({
            "_task": "mail", "_action": "compose", "_to": recipient,
            "_subject": subject, "_body": "Written in a browser."}))
        self.until_idle()
        self.one("button.send").click()
        self.one("#mailboxlist li")
        self.until_idle()
