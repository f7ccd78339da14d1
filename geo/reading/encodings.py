"""From bytes to text: the encoding that was named, that the bytes show, or that makes French words of them."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import Final

from geo.core.errors import FileError, ParameterError
from geo.core.messages import Message, message

#: Encodings of one byte per character that West African offices still write, the likeliest first.
_SINGLE: Final = {"cp1252": "Windows-1252", "cp850": "DOS 850", "mac_roman": "Mac Roman"}

#: A byte above 127 with the bytes beside it.
_ABOVE: Final = re.compile(rb"(?<=(.))?([\x80-\xff])(?=(.))?", re.DOTALL)
_SEEN: Final = 200_000

#: How much each letter speaks for an encoding, as French has it; those of names from elsewhere count least.
_FRENCH: Final = {"é": 4, "è": 3, "à": 3, "ê": 2, "ç": 2} | dict.fromkeys("âîôûëïüùœæáíóúñãõöäÉÈÀÊÇÂÎÔÛŒ", 1)
_ALONE: Final = frozenset("àÀ«»–—“”’‘…°º€•· \u00a0")
#: What one gets where UTF-8 was read as Windows-1252 and written again.
_TWICE: Final = re.compile("[ÃÂÅâ][\u0080-\u00bfŒœŠšŽžŸƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]")


def decode(data: bytes, file: str, encoding: str | None = None) -> tuple[str, tuple[Message, ...]]:
    """Return the text of `data`, and notes on what was settled unless it is plain UTF-8.

    Parameters
    ----------
    encoding
        Name of the encoding, as Python knows it, where it was said.

    Raises
    ------
    FileError
        The encoding cannot be told, or is not the one that was named.
    ParameterError
        There is no encoding of the name given.
    """
    if encoding is not None and not data.startswith(codecs.BOM_UTF8):  # a mark says more than a person does
        return _as_named(data, file, encoding), ()
    wide = _utf16(data)
    if wide is not None:
        return _as_named(data, file, wide), (message("The file is in UTF-16."),)
    try:
        return _once(data.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        torn = error.reason == "unexpected end of data" and error.end == len(data)
        start = error.start
    if torn and start:
        text, notes = decode(data[:start], file)
        return text, (*notes, message("The file ends in the middle of a letter: it is cut short."))
    if re.search(rb"[\xc3-\xf4][\x80-\xbf]", data[:start]) or _has_letters_of_two_bytes(data):
        return _mixed(data)
    return _single(data, file)


def beginning(data: bytes) -> bytes:
    """Return how a text begins, without mark and blanks, in one byte per letter: enough to tell JSON and XML."""
    wide = _utf16(data)
    head = data[:4096].decode(wide, "ignore").encode() if wide else data[:4096]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")


def _as_named(data: bytes, file: str, encoding: str) -> str:
    try:
        codec = codecs.lookup("utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding)
    except LookupError as error:
        raise ParameterError(
            message(
                "There is no encoding {encoding}; expected e.g. utf-8, cp1252, cp850 or mac_roman.", encoding=encoding
            ),
            parameter="encoding",
        ) from error
    try:
        return data.decode(codec.name).removeprefix("\ufeff")
    except (UnicodeError, LookupError, AttributeError, ValueError, AssertionError) as error:
        raise FileError(
            message("{file} is not in {encoding}: {why}.", file=file, encoding=encoding, why=str(error)[:200]),
            file=file,
        ) from error


def _utf16(data: bytes) -> str | None:
    """Tell UTF-16 by its mark, or by every second byte of the beginning being zero."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:2048]
    if len(head) < 4 or b"\0" not in head:
        return None
    zeros = [head[first::2].count(0) / len(head[first::2]) for first in (0, 1)]
    if max(zeros) > 0.7 and min(zeros) < 0.1:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return None


def _once(text: str, file: str) -> tuple[str, tuple[Message, ...]]:
    """Undo that UTF-8 was taken for Windows-1252 and written as UTF-8 once more, line by line."""
    if not _TWICE.search(text):
        return text, ()
    lines = text.split("\n")
    repaired = []
    for number, line in enumerate(lines, start=1):
        if not _TWICE.search(line):
            continue
        try:
            lines[number - 1] = line.encode("cp1252").decode("utf-8")
        except UnicodeError as error:
            raise FileError(
                message(
                    "{file}, line {line}: letters are garbled (“{text}”): the file was saved in a wrong encoding. Save "
                    "it again from its source as UTF-8.",
                    file=file,
                    line=number,
                    text=line.strip()[:60],
                ),
                file=file,
            ) from error
        repaired.append(number)
    note = message(
        "UTF-8 that had been saved as Windows-1252 was put right in {count} {count:line|lines}.", count=len(repaired)
    )
    return "\n".join(lines), (note,)


def _has_letters_of_two_bytes(data: bytes) -> bool:
    """Tell whether accents written in UTF-8 are among the bytes: in single bytes they would be two odd signs."""
    return re.search(rb"[A-Za-z ;,]\xc3[\xa0-\xbc][a-z ;,]", data) is not None


def _mixed(data: bytes) -> tuple[str, tuple[Message, ...]]:
    """Read each line as UTF-8 and, where it is not, its odd bytes as Windows-1252."""
    odd = []
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    texts = []
    for number, line in enumerate(lines, start=1):
        try:
            texts.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            odd.append(number)
            texts.append(line.decode("utf-8", "sira_cp1252"))
    shown = ", ".join(map(str, odd[:10])) + (", …" if len(odd) > 10 else "")
    return "\n".join(texts), (
        message(
            "The file is in UTF-8, but for bytes that were read as Windows-1252 in the lines {lines}.", lines=shown
        ),
    )


def _one_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.start + 1].decode("cp1252", "replace"), error.start + 1


codecs.register_error("sira_cp1252", _one_byte)


def _single(data: bytes, file: str) -> tuple[str, tuple[Message, ...]]:
    encoding = likeliest(data)
    if encoding is None:
        raise FileError(
            message(
                "{file} is in no encoding that Sira can tell (UTF-8, UTF-16, Windows-1252, DOS 850, Mac Roman), nor a "
                "format it reads; --encoding NAME names it.",
                file=file,
            ),
            file=file,
        )
    return data.decode(encoding), (
        message("The file is not in UTF-8; it was read as {encoding}.", encoding=_SINGLE[encoding]),
    )


def likeliest(data: bytes) -> str | None:
    """Return the encoding of one byte per character in which the bytes are most like French; None if in none."""
    seen: Counter[tuple[bytes, bytes, bytes]] = Counter()
    for found in _ABOVE.finditer(data):
        seen[(found[1] or b" ", found[2], found[3] or b" ")] += 1
        if len(seen) > _SEEN:
            break
    scores: dict[str, int] = {}
    for encoding in _SINGLE:
        try:
            for byte in {byte for _, byte, _ in seen}:
                byte.decode(encoding)
        except UnicodeDecodeError:
            continue
        scores[encoding] = sum(count * _speaks_for(*context, encoding) for context, count in seen.items())
    best = max(scores.values(), default=0)
    ranked = [encoding for encoding, score in scores.items() if score == best]
    return ranked[0] if best > 0 and (len(ranked) == 1 or ranked[0] == "cp1252") else None


def _speaks_for(before: bytes, byte: bytes, after: bytes, encoding: str) -> int:
    """Weigh a character among its neighbours: a letter of French within a word, or a sign beside one."""
    previous, letter, following = (part.decode(encoding, "replace") for part in (before, byte, after))
    within = any(beside.isascii() and beside.isalpha() for beside in (previous, following))
    if letter in _FRENCH and within:
        return -2 if letter.isupper() and previous.islower() else _FRENCH[letter]
    if letter in _ALONE and not (previous.isalpha() and following.isalpha() and letter != "’"):
        return 1
    return -2
