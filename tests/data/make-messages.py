#!/usr/bin/python3
# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
#
# Fills a Maildir with real-looking messages: the same ones at each run.
"""Usage: make-messages.py physics|alice|dave MAILDIR [COUNT [FIRST]]

Writes COUNT messages (36 for physics, 24 for alice, 8 for dave), from number
FIRST (0) on, into MAILDIR, which is made if it is not there; ".Name" at its end
is a folder. Those of physics and alice have come in, those of dave he has sent.
Standard library only.
"""

import email.message
import email.policy
import email.utils
import os
import random
import struct
import sys
import zlib

FIRST = 1767603600		# Monday, 5 January 2026, 09:00 UTC
STEP = 5 * 3600 + 1260		# a message every five hours or so

PEOPLE = {
    "alice": ("Alice Archer", "alice.archer@campus.example"),
    "bob": ("Bob Baker", "bob.baker@campus.example"),
    "carol": ("Carol Cole", "carol.cole@campus.example"),
    "dave": ("Dave Dunn", "dave.dunn@campus.example"),
    "grace": ("Grace Gray", "grace.gray@campus.example"),
    "physics": ("Physics project", "physics@campus.example"),
    "jurgen": ("Jürgen Größl", "jurgen@partner.example"),
    "helene": ("Hélène Lefèvre", "helene@labo.example"),
    "misaki": ("三咲 田中", "misaki@kenkyu.example"),
    "zofia": ("Zofia Wiśniewska", "zofia@fizyka.example"),
}

# (from, subject, what is in it); the kinds are functions below.
TOPICS = {
    "physics": (
        ("bob", "Beam time in week 4", "plain"),
        ("grace", "Re: Beam time in week 4", "reply"),
        ("jurgen", "Messprotokoll für den Spektrometer-Lauf", "table"),
        ("helene", "Réunion du lundi : détecteur à l'arrêt", "html"),
        ("misaki", "実験データの送付", "table"),
        ("zofia", "Próbki już w drodze", "latin2"),
        ("carol", "Minutes of the group meeting", "document"),
        ("bob", "Photo of the new mount", "picture"),
        ("dave", "Visitors on Thursday", "plain"),
        ("grace", "Fwd: Safety instruction 2026", "forward"),
        ("alice", "Draft of the paper, section 3 ✅", "document"),
        ("bob", "A subject that goes on for longer than a single header"
                " line may be, and then a little further still", "plain"),
    ),
    "alice": (
        ("carol", "Lunch?", "plain"),
        ("alice", "Re: Lunch?", "reply"),
        ("helene", "Votre visite à Genève – programme", "html"),
        ("jurgen", "Übernachtung in München", "plain"),
        ("bob", "Holiday pictures", "picture"),
        ("misaki", "お礼", "plain"),
        ("dave", "Timetable for the spring term", "table"),
        ("zofia", "Życzenia noworoczne", "latin2"),
        ("carol", "Your travel claim", "document"),
        ("grace", "Fwd: Library books are due", "forward"),
    ),
    "dave": (
        ("dave", "Visitors on Thursday", "plain"),
        ("dave", "Re: Beam time in week 4", "reply"),
        ("dave", "Timetable for the spring term", "table"),
        ("dave", "Größere Batterien für das Labor", "plain"),
    ),
}
COUNTS = {"physics": 36, "alice": 24, "dave": 8}

WORDS = (
    "The laser ran through the night and the drift is below two percent.",
    "Please have a look before Friday; after that I am away for a week.",
    "The samples are in the blue box next to the door.",
    "I have put the numbers into the table and left out the first run.",
    "Does anybody know where the second power supply went?",
    "Grüße aus dem Labor, und danke für die schnelle Hilfe!",
    "Le détecteur est réparé ; on peut recommencer dès demain.",
    "The room is booked from ten to twelve, coffee is on its way.",
    "From here on the cable must not be touched while the pump runs.",
    "If nobody objects I shall send it to the journal on Monday.",
)


def text_of(rng, number):
    lines = [rng.choice(WORDS) for _ in range(rng.randint(2, 6))]
    return "Hello all,\n\n%s\n\nNo. %d in this series.\n-- \nCampus\n" % (
        "\n".join(lines), number + 1)


def png_of(rng, side=48):
    """A small picture of noise, as real as any to a mail program."""
    rows = b"".join(b"\0" + bytes(rng.randrange(256) for _ in range(side * 3))
                    for _ in range(side))

    def chunk(name, data):
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def add_plain(msg, rng, number):
    msg.set_content(text_of(rng, number))


def add_reply(msg, rng, number):
    msg.set_content("> %s\n\nYes, that suits me.\n" % rng.choice(WORDS))


def add_html(msg, rng, number):
    text = text_of(rng, number)
    msg.set_content(text)
    msg.add_alternative("<html><body><p>%s</p></body></html>\n"
                        % text.replace("\n", "<br>\n"), subtype="html")


def add_latin2(msg, rng, number):
    msg.set_content("Dzień dobry,\n\npróbki wysłałam dziś rano, proszę"
                    " o potwierdzenie.\n\nPozdrawiam\nZofia\n",
                    charset="iso-8859-2")


def add_table(msg, rng, number):
    msg.set_content(text_of(rng, number))
    rows = ["time;voltage;counts"]
    for i in range(40):
        rows.append("%d;%.3f;%d" % (i * 10, rng.uniform(4.9, 5.1),
                                    rng.randint(900, 1100)))
    msg.add_attachment("\n".join(rows) + "\n", subtype="csv",
                       filename="Messung-%02d-größer.csv" % number)


def add_document(msg, rng, number):
    msg.set_content(text_of(rng, number))
    data = b"%PDF-1.4\n" + bytes(rng.randrange(256) for _ in range(6000))
    msg.add_attachment(data, maintype="application", subtype="pdf",
                       filename="draft-%02d.pdf" % number)


def add_picture(msg, rng, number):
    msg.set_content(text_of(rng, number))
    msg.add_attachment(png_of(rng), maintype="image", subtype="png",
                       filename="été-%02d.png" % number)


def add_forward(msg, rng, number):
    inner = email.message.EmailMessage(policy=msg.policy)
    inner["From"] = "Campus service <service@campus.example>"
    inner["To"] = msg["From"]
    inner["Subject"] = "To whom it may concern"
    inner["Date"] = msg["Date"]
    inner["Message-ID"] = "<inner-%d@campus.example>" % number
    inner.set_content(text_of(rng, number))
    msg.set_content("See below.\n")
    msg.add_attachment(inner)


def address_of(name):
    return email.utils.formataddr(PEOPLE[name]) if PEOPLE[name][0].isascii() \
        else "%s <%s>" % PEOPLE[name]


def message_of(mailbox, number):
    """The message with this number, as bytes with LF line ends."""
    rng = random.Random("%s %d" % (mailbox, number))
    topics = TOPICS[mailbox]
    sender, subject, kind = topics[number % len(topics)]
    if number >= len(topics):
        subject += " (%d)" % (number // len(topics) + 1)
    policy = email.policy.SMTP.clone(linesep="\n")
    msg = email.message.EmailMessage(policy=policy)
    msg["From"] = address_of(sender)
    msg["To"] = address_of("physics" if sender == mailbox == "dave" else
                           mailbox)
    msg["Subject"] = subject
    msg["Date"] = email.utils.formatdate(FIRST + number * STEP)
    msg["Message-ID"] = "<%s-%d@campus.example>" % (mailbox, number)
    if kind == "reply":
        msg["In-Reply-To"] = "<%s-%d@campus.example>" % (mailbox, number - 1)
        msg["References"] = msg["In-Reply-To"]
    globals()["add_" + kind](msg, rng, number)
    # Or Python would draw them at random.
    for i, part in enumerate(msg.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            part.set_boundary("=_campus_%s_%d_%d" % (mailbox, number, i))
    return msg.as_bytes()


def main(args):
    if not 2 <= len(args) <= 4 or args[0] not in TOPICS:
        sys.exit(__doc__)
    mailbox, maildir = args[:2]
    count = int(args[2]) if len(args) > 2 else COUNTS[mailbox]
    first = int(args[3]) if len(args) > 3 else 0
    for name in ("", "cur", "new", "tmp"):
        os.makedirs(os.path.join(maildir, name), mode=0o700, exist_ok=True)
    if os.path.basename(maildir).startswith("."):
        # The mark of a folder in Maildir++.
        open(os.path.join(maildir, "maildirfolder"), "wb").close()
    for number in range(first, first + count):
        data = message_of(mailbox, number)
        when = FIRST + number * STEP
        # The older ones were read; some were answered or flagged.
        flags = "" if number >= first + count - 4 else \
            "S" if number % 7 else "FS" if number % 2 else "RS"
        where = "new" if flags == "" else "cur"
        name = "%d.M%dP1.campus,S=%d%s" % (
            when, number, len(data), "" if flags == "" else ":2," + flags)
        path = os.path.join(maildir, where, name)
        with open(path, "wb") as out:
            out.write(data)
        os.utime(path, (when, when))


if __name__ == "__main__":
    main(sys.argv[1:])
