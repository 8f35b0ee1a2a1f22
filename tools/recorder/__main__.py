"""Serves the pack and writes every request to the file that the environment variable RECORD_TO names."""

import sys
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from policypack.engine import server
from policypack.pack import PACK
from tools.recording import RecordingAnalyzer

with mock.patch.object(server, "Analyzer", RecordingAnalyzer):
    server.serve(PACK)
