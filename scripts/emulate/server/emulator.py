"""An AWS on loopback: moto's server with its gaps closed, and with what the environments refer to as given.

Reads one JSON document from the first line of standard input (see ../start-emulator.ts), prints one
line `{"port": N}` when it is ready, and ends when standard input does: it never outlives its parent.
`--gaps` prints the list of what is closed.
"""

import importlib
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

# The folder belongs to a repository that an emulation must leave as it was.
sys.dont_write_bytecode = True

# Read by moto when it is imported. An image or key pair that does not exist is refused, as by AWS.
os.environ.pop('MOTO_ACCOUNT_ID', None)
os.environ['MOTO_IAM_LOAD_MANAGED_POLICIES'] = 'true'
os.environ['MOTO_ENABLE_AMI_VALIDATION'] = 'true'
os.environ['MOTO_ENABLE_KEYPAIR_VALIDATION'] = 'true'


def read_input():
    """The document on the first line of standard input."""
    line = sys.stdin.buffer.readline()
    try:
        return json.loads(line)
    except ValueError:
        raise SystemExit('The first line of standard input is not a JSON document.') from None


def end_of_parent():
    """An event that is set when standard input ends or a signal asks to end."""
    ended = threading.Event()

    def watch():
        # Not sys.stdin, whose lock this thread would still hold when the interpreter ends.
        while os.read(0, 4096):
            pass
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=watch, daemon=True).start()
    return ended


def known_gaps():
    """The list of gaps, with those of every file on it."""
    import gaps

    for path in sorted(Path(__file__).parent.glob('gaps_*.py')):
        importlib.import_module(path.stem)
    return gaps


def start(document):
    """Starts the server with everything that is given in it; answers its port."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    import gaps_requests
    import given

    logging.getLogger('werkzeug').setLevel(logging.CRITICAL)
    known_gaps().close_gaps()
    gaps_requests.set_default_account(document['defaultAccountId'])
    try:
        given.make_given(document.get('given', []))
    except given.Refused as refused:
        raise SystemExit(str(refused)) from None
    server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
    server.start()
    return server.get_host_and_port()[1]


def main():
    """Runs until the parent ends."""
    document = read_input()
    ended = end_of_parent()
    port = start(document)
    if not ended.is_set():
        print(json.dumps({'port': port}), flush=True)
    ended.wait()
    # Without waiting for requests, which no one is there to read.
    os._exit(0)


def list_gaps():
    """Prints the list of gaps."""
    print('\n'.join(known_gaps().describe_gaps()))


if __name__ == '__main__':
    list_gaps() if sys.argv[1:] == ['--gaps'] else main()
