"""Digests, encodings, URLs. Source: MaxCompute's documentation, "String functions" and "Other functions"."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import zlib
from collections.abc import Sequence
from urllib.parse import quote_plus, unquote_plus, urlsplit

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql.typed import Typed
from odps_jupyter.emulator.types import TEXTS

from .bodies import Body, each, invalid
from .model import ArgumentError
from .model import Function as F

_SHA2 = {0: "sha256", 224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}


def _codec(function: str, name: str) -> str:
    try:
        "".encode(name)
    except LookupError as error:
        raise invalid(function, f"{name!r} is no charset") from error
    # Java's UTF-16 starts with a mark and is big-endian.
    return "utf-16-be" if name.lower().replace("_", "-") in ("utf-16", "utf16") else name


def _encode(text: str, charset: str) -> bytes:
    mark = b"\xfe\xff" if charset.lower().replace("_", "-") in ("utf-16", "utf16") and text else b""
    return mark + text.encode(_codec("encode", charset), "replace")


def _decode(data: bytes, charset: str) -> str:
    if charset.lower().replace("_", "-") in ("utf-16", "utf16") and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode(_codec("decode", charset), "replace")


def text_of(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise invalid("cast", "a binary that is not UTF-8 cannot become a string") from error


def _is_encoding(text: str, source: str, target: str) -> bool:
    try:
        text.encode(_codec("is_encoding", source))
        text.encode(_codec("is_encoding", target))
    except UnicodeEncodeError:
        return False
    return True


def _sha2(data: bytes, bits: int) -> str | None:
    return hashlib.new(_SHA2[bits], data).hexdigest() if bits in _SHA2 else None


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise invalid("unbase64", f"{text!r} is not BASE64") from error


def _unhex(text: str) -> bytes:
    if text == "0":
        raise invalid("unhex", "the argument must not be 0")
    try:
        return bytes.fromhex(text if len(text) % 2 == 0 else f"0{text}")
    except ValueError as error:
        raise invalid("unhex", f"{text!r} is not hexadecimal") from error


def _decompress(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise invalid("decompress", "the argument is not GZIP") from error


def _url_codec(function: str, charset: str) -> str:
    if charset.lower().replace("-", "") not in ("utf8", "gbk"):
        raise invalid(function, f"{charset!r} is not one of UTF-8, GBK")
    return charset


def _url_encode(text: str, charset: str) -> str:
    return quote_plus(text, safe="*", encoding=_url_codec("url_encode", charset)).replace("~", "%7E")


def _url_decode(text: str, charset: str) -> str:
    return unquote_plus(text, encoding=_url_codec("url_decode", charset))


def _parse_url(url: str, part: str, key: str | None = None) -> str | None:
    """A part of a URL as Java's ``URL`` cuts it."""
    try:
        found = urlsplit(url)
        host = found.hostname
    except ValueError as error:
        raise invalid("parse_url", f"{url!r} is not a URL") from error
    if not found.scheme:
        raise invalid("parse_url", f"{url!r} is not a URL")
    authority, at, rest = found.netloc.rpartition("@")
    known = {
        # As written: hostname would be in lower case.
        "HOST": rest.rpartition(":")[0] if rest.rpartition(":")[2].isdigit() else rest if host else None,
        "PATH": found.path,
        "QUERY": found.query or None,
        "REF": found.fragment or None,
        "PROTOCOL": found.scheme,
        "AUTHORITY": found.netloc or None,
        "FILE": found.path + (f"?{found.query}" if found.query else ""),
        "USERINFO": authority if at else None,
    }
    word = part.upper()
    if word not in known:
        raise invalid("parse_url", f"{part!r} is not one of {', '.join(known)}")
    if key is None:
        return known[word]
    if word != "QUERY":
        return None
    return next((v for k, v in (p.partition("=")[::2] for p in found.query.split("&")) if k == key), None)


def _safe_text(data: str | bytes | None) -> str | None:
    if data is None:
        raise invalid("safe_convert_bytes_to_string", "the argument is NULL")
    if isinstance(data, str):
        return data
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


PYTHON: dict[str, Body] = {
    "mc_encode": each(_encode, types.BINARY),
    "mc_decode": each(_decode, types.STRING),
    "mc_text_of": each(text_of, types.STRING),
    "mc_is_encoding": each(_is_encoding, types.BOOLEAN),
    "mc_safe_text": each(_safe_text, types.STRING, nulls=True),
    "mc_safe_bytes": each(_safe_text, types.STRING, nulls=True),
    "mc_sha2": each(_sha2, types.STRING),
    "mc_crc32": each(zlib.crc32, types.BIGINT),
    "mc_unbase64": each(_unbase64, types.BINARY),
    "mc_unhex": each(_unhex, types.BINARY),
    "mc_compress": each(lambda d: gzip.compress(d, mtime=0), types.BINARY),
    "mc_decompress": each(_decompress, types.BINARY),
    "mc_url_encode": each(_url_encode, types.STRING),
    "mc_url_decode": each(_url_decode, types.STRING),
    "mc_parse_url": each(_parse_url, types.STRING),
}


def _mask_hash(arguments: Sequence[Typed]) -> str:
    """NULL of what is no text, whatever the job's meaning (its manual, "MASK_HASH")."""
    [value] = arguments
    return f"sha256({value.sql})" if value.type.name in (*TEXTS, "binary", "void") else "CAST(NULL AS VARCHAR)"


def _safely(arguments: Sequence[Typed]) -> str:
    [value] = arguments
    if value.is_constant and value.constant is None:
        raise ArgumentError("function SAFE_CONVERT_BYTES_TO_STRING is ambiguous with (VOID)")
    return f"mc_safe_{'text' if value.type.name in TEXTS else 'bytes'}({value.sql})"


_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

ENCODINGS = (
    F("BASE64", "binary -> string", "base64({0})", "base64(cast('alibaba' as binary))", "YWxpYmFiYQ=="),
    F("COMPRESS", "string -> binary", "mc_compress(encode({0}))", "length(compress('hello')) > 0", True),
    F("COMPRESS", "binary -> binary", "mc_compress({0})", "length(compress(cast('hello' as binary))) > 0", True),
    F("CRC32", "string -> bigint", "mc_crc32(encode({0}))", "crc32('ABC')", 2743272264),
    F("CRC32", "binary -> bigint", "mc_crc32({0})", "crc32(cast('ABC' as binary))", 2743272264),
    F("DECODE", "binary, string -> string", "mc_decode({0}, {1})", "decode(encode('中', 'GBK'), 'GBK')", "中"),
    F("DECOMPRESS", "binary -> binary", "mc_decompress({0})", "cast(decompress(compress('hello, world')) as string)",
      "hello, world"),
    F("ENCODE", "string, string -> binary", "mc_encode({0}, {1})", "encode('abc', 'UTF-8')", b"abc"),
    F("FROM_CHARSET", "binary, string -> string", "mc_decode({0}, {1})", "from_charset(unhex('b2e2cad4'), 'GBK')",
      "测试"),
    F("HEX", "bigint -> string", "hex({0})", "hex(255)", "FF", lax=True),
    F("HEX", "string -> string", "hex({0})", "hex('abc')", "616263"),
    F("HEX", "binary -> string", "hex({0})", "hex(unhex('616263'))", "616263"),
    F("IS_ENCODING", "string, string, string -> boolean", "mc_is_encoding({all})",
      "is_encoding('测试', 'utf-8', 'gbk')", True),
    # The page does not name it, but its example is SHA-256.
    F("MASK_HASH", "T -> string", _mask_hash, "mask_hash('abc')", _ABC),
    F("MD5", "string -> string", "md5({0})", "md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
    F("MD5", "binary -> string", "md5({0})", "md5(unhex('61'))", "0cc175b9c0f1b6a831c399e269772661"),
    F("PARSE_URL", "string, string -> string", "mc_parse_url({0}, {1})",
      "parse_url('file://username:password@example.com:8042/over/there/index.dtb?type=animal&name=narwhal#nose',"
      " 'HOST')", "example.com"),
    F("PARSE_URL", "string, string, string -> string", "mc_parse_url({0}, {1}, {2})",
      "parse_url('http://a.b/c?type=animal&name=narwhal', 'QUERY', 'name')", "narwhal"),
    F("SAFE_CONVERT_BYTES_TO_STRING", "binary -> string", _safely,
      "safe_convert_bytes_to_string(unhex('616263'))", "abc", "own"),
    F("SAFE_CONVERT_BYTES_TO_STRING", "string -> string", _safely, "safe_convert_bytes_to_string('010101')", "010101",
      "own"),
    F("SHA", "string -> string", "sha1({0})", "sha('ABC')", "3c01bdbb26f358bab27f267924aa2c9a03fcfdb8"),
    F("SHA", "binary -> string", "sha1({0})", "sha(encode('ABC', 'UTF-8'))",
      "3c01bdbb26f358bab27f267924aa2c9a03fcfdb8"),
    F("SHA1", "string -> string", "sha1({0})", "sha1('ABC')", "3c01bdbb26f358bab27f267924aa2c9a03fcfdb8"),
    F("SHA1", "binary -> string", "sha1({0})", "sha1(encode('ABC', 'UTF-8'))",
      "3c01bdbb26f358bab27f267924aa2c9a03fcfdb8"),
    F("SHA2", "string, bigint -> string", "mc_sha2(encode({0}), {1})", "sha2('ABC', 224)",
      "107c5072b799c4771f328304cfe1ebb375eb6ea7f35a3aa753836fad"),
    F("SHA2", "binary, bigint -> string", "mc_sha2({0}, {1})", "length(sha2(unhex('61'), 512))", 128),
    F("UNBASE64", "string -> binary", "mc_unbase64({0})", "unbase64('YWxpYmFiYQ==')", b"alibaba"),
    F("UNHEX", "string -> binary", "mc_unhex({0})", "unhex('616263')", b"abc"),
    F("URL_DECODE", "string -> string", "mc_url_decode({0}, 'UTF-8')",
      "url_decode('%E7%A4%BA%E4%BE%8Bfor+url_decode%3A%2F%2F+%28fdsf%29')", "示例for url_decode:// (fdsf)"),
    F("URL_DECODE", "string, string -> string", "mc_url_decode({0}, {1})", "url_decode('%B2%E2', 'GBK')", "测"),
    F("URL_ENCODE", "string -> string", "mc_url_encode({0}, 'UTF-8')", "url_encode('示例for url_encode:// (fdsf)')",
      "%E7%A4%BA%E4%BE%8Bfor+url_encode%3A%2F%2F+%28fdsf%29"),
    F("URL_ENCODE", "string, string -> string", "mc_url_encode({0}, {1})", "url_encode('测', 'GBK')", "%B2%E2"),
)  # fmt: skip
