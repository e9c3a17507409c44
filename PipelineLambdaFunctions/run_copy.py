"""The run's own copy of a data file: whole, or cut at line ends into a part for each instance that trains.

S3 copies by itself, part by part; what it does not cut, since the file is small, is read again and written.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipeline_answer import Progress

# S3 takes parts of up to 5 GiB, but is silent until one is copied, and `clients` waits 20 s for a word. Others measured
# 11 MB/s (https://github.com/mumrah/s3-multipart/pull/13), and lost copies of 5 GB parts to that silence
# (https://github.com/smithy-lang/smithy-rs/issues/4439). 10,000 of these, as many as S3 takes, are more than a function
# can have read in 15 minutes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
PART = 128 * 1024**2
# botocore, UploadPartCopy, CopySourceRange: "only if the source object is greater than 5 MB"
SMALL = 5 * 1024**2
_MOST_ENDS = 8192  # an even number, much larger than any number of instances
_CSV = {"ContentType": "text/csv"}


class LineEnds:
    """Where the lines of a file end, in constant memory: all of them at first, of many every 2nd, 4th, 8th ..."""

    def __init__(self) -> None:
        self.size = 0  # bytes that were read
        self._lines = 0
        self._every = 1
        self._ends: list[int] = []

    def read(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        for found in re.finditer(b"\n", chunk):
            self._lines += 1
            if self._lines % self._every == 0:
                self._ends.append(self.size + found.end())
                if len(self._ends) == _MOST_ENDS:
                    del self._ends[::2]
                    self._every *= 2
        self.size += len(chunk)

    def parts(self, rows: int, count: int) -> list[tuple[int, int]]:
        """Where so many parts of the file begin and end: whole lines, at least one each, about as many in each.

        `rows` is how many lines the file has, the last of which may have no end; there are at least `count`.
        """
        cuts = [self._ends[rows * number // count // self._every - 1] for number in range(1, count)]
        return list(pairwise([0, *cuts, self.size]))


@dataclass(frozen=True)
class Piece:
    """Bytes of a version of an object, and the object that they become; both as boto3 names them."""

    source: Mapping[str, str]
    source_size: int
    begin: int
    end: int
    target: Mapping[str, str]


def copy(s3: Any, piece: Piece, progress: Progress) -> None:
    """Make the piece. The target bucket's default encryption holds."""
    progress(f"copying {piece.source['Key']} to {piece.target['Key']}")
    if piece.source_size > SMALL:
        _copy_in_s3(s3, piece, progress)
    else:
        body = s3.get_object(**piece.source, Range=f"bytes={piece.begin}-{piece.end - 1}")["Body"].read()
        s3.put_object(**piece.target, **_CSV, Body=body)


def _copy_in_s3(s3: Any, piece: Piece, progress: Progress) -> None:
    what, size = f"{piece.source['Key']} to {piece.target['Key']}", piece.end - piece.begin
    upload = {**piece.target, "UploadId": s3.create_multipart_upload(**piece.target, **_CSV)["UploadId"]}
    try:
        parts = []
        for number, (first, end) in enumerate(ranges(piece), 1):
            progress(f"copying {what}, {first - piece.begin} of {size} bytes copied")
            copied = s3.upload_part_copy(
                **upload, PartNumber=number, CopySource=piece.source, CopySourceRange=f"bytes={first}-{end - 1}"
            )
            parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    except Exception:  # S3 keeps, and bills, the parts of an upload that nobody ends
        with suppress(Exception):
            s3.abort_multipart_upload(**upload)
        raise


def ranges(piece: Piece) -> list[tuple[int, int]]:
    """Where the parts of the piece's upload begin and end."""
    return list(pairwise([*range(piece.begin, piece.end, PART), piece.end]))
