# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Ways to keep mail on the disk, as Dovecot's settings for everybody."""

# driver, directory and layout; None is the driver's own layout
STORAGES = {"maildir": ("maildir", "~/Maildir", None),
            "maildir-fs": ("maildir", "~/Maildir", "fs"),
            "sdbox": ("sdbox", "~/sdbox", None),
            "mdbox": ("mdbox", "~/mdbox", None),
            "mdbox-index": ("mdbox", "~/mdbox", "index")}


def storage_core(series, storage):
    driver, path, layout = STORAGES[storage]
    if series == "2.3":
        options = f":LAYOUT={layout}" if layout else ""
        return f"mail_location = {driver}:{path}{options}\n"
    lines = [f"mail_driver = {driver}", f"mail_path = {path}"]
    if driver != "maildir":
        # the shipped value is right for Maildir only
        lines.append("mail_inbox_path =")
    if layout:
        lines.append(f"mailbox_list_layout = {layout}")
    return "\n".join(lines) + "\n"
