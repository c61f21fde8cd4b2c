import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  PACKER,
  calls,
  discardMachines,
  newMachine,
  run,
  stub,
  type Machine,
  type Outcome,
} from '../support/machine';

const FREE_DISK = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/free-disk.sh');
const HOUR = 3_600_000;

/** An image of the stand-in of Docker: its names, and whether a container or a pull uses it. */
interface Image {
  readonly tags?: readonly string[];
  readonly digests?: readonly string[];
  readonly use?: 'container' | 'pull';
}

let machine: Machine;
let seen: string;

const hex = (name: string): string => Buffer.from(name).toString('hex').padEnd(64, '0');
const file = (...names: string[]): string => path.join(machine.dir, ...names);
const lines = (values: readonly string[]): string => values.map((value) => `${value}\n`).join('');

/** Docker as the script sees it: images and volumes are files, and each one takes five percent of the disk. */
beforeEach(() => {
  machine = newMachine();
  seen = file('seen');
  for (const folder of ['images', 'volumes', 'used', 'pulled', 'mounted', 'local'])
    fs.mkdirSync(file(folder));
  fs.writeFileSync(file('cache'), '');
  level(40);
  stub(
    machine,
    'df',
    `[[ $* == '--output=pcent,ipcent /var/lib/docker' ]] || exit 64
     count=$(ls '${file('images')}' '${file('volumes')}' | grep -cE '^[a-z0-9]+$')
     echo 'Use% IUse%'
     echo " $(($(<'${file('base')}') + 5 * count + ($(wc -c <'${file('cache')}'))))% $(cat '${file('inodes')}')"`,
  );
  stub(machine, 'docker', DOCKER(machine.dir));
});

afterEach(discardMachines);

const DOCKER = (dir: string): string => `
  cd '${dir}'
  case "$*" in
    'info --format {{.DockerRootDir}}') echo /var/lib/docker ;;
    'image ls --quiet --no-trunc') ls images | sed 's/^/sha256:/' ;;
    'image ls --no-trunc --digests --filter dangling=true '*)
      for id in $(ls images); do
        grep -q '^tag ' "images/$id" && continue
        if grep -q '^digest ' "images/$id"; then echo "sha256:1 sha256:$id"; else echo "<none> sha256:$id"; fi
      done ;;
    'container ls --all --quiet') ls used ;;
    'container inspect --format {{.Image}} '*) for id in "\${@:5}"; do echo "sha256:$id"; done ;;
    'events --since 60m --until '*) ls pulled ;;
    'image inspect --format {{.Id}} '*) for id in "\${@:5}"; do echo "sha256:$id"; done ;;
    'image inspect --format {{len .RepoDigests}} '*) [[ ! -e local/\${!#} ]] && echo 1 || echo 0 ;;
    'image inspect --format {{range'*) sed -n 's/^tag //p' "images/\${!#}" | grep . || sed -n 's/^digest //p' "images/\${!#}" ;;
    'image rm '*)
      for name in "\${@:3}"; do
        id=$(grep -lFx -e "tag $name" -e "digest $name" images/* | head -n 1); id=\${id#images/}; id=\${id:-$name}
        if [[ -e used/$id ]]; then echo 'conflict: a container uses it' >&2; exit 1; fi
        sed -i "\\|^[a-z]* $name$|d" "images/$id"
        echo "Untagged: $name"
        [[ -s images/$id ]] || { rm "images/$id"; echo "Deleted: sha256:$id"; }
      done ;;
    'builder prune --filter until=60m') read -r answer; [[ $answer == y ]] || exit 1
      : >cache; echo 'Total reclaimed space: 5GB' ;;
    'volume ls --quiet') ls volumes ;;
    'volume ls --quiet --filter dangling=false') ls mounted ;;
    'volume rm '*) [[ ! -e mounted/$3 ]] && rm "volumes/$3" && echo "$3" ;;
    *) echo "not a call of docker: $*" >&2; exit 64 ;;
  esac`;

const level = (percent: number, inodes = '3%'): void => {
  fs.writeFileSync(file('base'), String(percent));
  fs.writeFileSync(file('inodes'), inodes);
};

function record(kind: 'images' | 'volumes', name: string, hoursAgo: number): void {
  fs.mkdirSync(path.join(seen, kind), { recursive: true });
  const time = new Date(Date.now() - hoursAgo * HOUR);
  fs.writeFileSync(path.join(seen, kind, name), '');
  fs.utimesSync(path.join(seen, kind, name), time, time);
}

/** Makes an image whose last known use is so long ago. */
function image(name: string, hoursAgo: number, { tags = [], digests = [], use }: Image = {}): void {
  const names = [...tags.map((tag) => `tag ${tag}`), ...digests.map((digest) => `digest ${digest}`)];
  fs.writeFileSync(file('images', hex(name)), lines(names));
  if (use !== undefined) fs.writeFileSync(file(use === 'pull' ? 'pulled' : 'used', hex(name)), '');
  record('images', hex(name), hoursAgo);
}

function volume(name: string, hoursAgo: number, isMounted = false): void {
  fs.writeFileSync(file('volumes', name), '');
  if (isMounted) fs.writeFileSync(file('mounted', name), '');
  record('volumes', name, hoursAgo);
}

const free = (): Outcome => run(machine, ['bash', FREE_DISK], { SEEN_DIR: seen });
const removals = (): string[] => calls(machine, 'docker ').filter((call) => / (rm|prune) /.test(call));
const left = (kind: 'images' | 'volumes'): string[] => fs.readdirSync(file(kind)).sort();

describe('the disk', () => {
  test('is left alone up to the fill level', () => {
    level(75);
    image('old', 9, { tags: ['alpine:3'] });
    expect(free()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(removals()).toEqual([]);
  });

  test('is freed in order: nameless images, build cache, images by their last use, volumes', () => {
    level(90);
    image('newer', 2, { tags: ['new:1'] });
    image('oldest', 9, { tags: ['old:1'] });
    image('digest', 5, { digests: ['pinned@sha256:1'] });
    image('nameless', 3);
    volume('second', 2);
    volume('first', 4);
    const { status, stdout, stderr } = free();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(removals()).toEqual([
      `docker image rm ${hex('nameless')}`,
      'docker builder prune --filter until=60m',
      'docker image rm old:1',
      'docker image rm pinned@sha256:1',
      'docker image rm new:1',
      'docker volume rm first',
      'docker volume rm second',
    ]);
    expect(stdout).toContain('/var/lib/docker at 120 %, more than 80 %');
    expect(stdout).toContain('at 115 %, removed Untagged: old:1');
    expect(stdout).toContain('at 95 %, removed second');
    expect(stdout).toContain('build cache: Total reclaimed space: 5GB');
    expect(stdout).toContain('at 90 %, done');
  });

  test('is freed no further than to the lower level', () => {
    level(65);
    image('oldest', 9, { tags: ['old:1'] });
    for (const name of ['a', 'b', 'c']) image(name, 2, { tags: [`${name}:1`] });
    expect(free().stdout).toContain('at 70 %, done');
    expect(left('images')).toHaveLength(1);
    expect(left('images')).not.toContain(hex('oldest'));
  });

  test('is enough after the build cache', () => {
    level(65);
    fs.writeFileSync(file('cache'), 'x'.repeat(30));
    image('old', 9, { tags: ['old:1'] });
    expect(free().stdout).toContain('at 70 %, done');
    expect(removals()).toEqual(['docker builder prune --filter until=60m']);
  });

  test('is full by its inodes too', () => {
    level(10, '95%');
    image('old', 9, { tags: ['old:1'] });
    expect(free().stdout).toContain('at 95 %');
    expect(left('images')).toEqual([]);
  });

  test('may have no inodes to count', () => {
    level(10, '-');
    expect(free()).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('keeps what is in use, was asked for by a job, or was there or used within the hour', () => {
    level(95);
    image('used', 9, { tags: ['used:1'], use: 'container' });
    image('pulled', 9, { tags: ['pulled:1'], use: 'pull' });
    image('young', 0.5, { tags: ['young:1'] });
    volume('mounted', 9, true);
    volume('young', 0.5);
    fs.writeFileSync(file('images', hex('unseen')), 'tag unseen:1\n');
    fs.writeFileSync(file('volumes', 'unseen'), '');
    expect(free().status).toBe(0);
    expect(left('images')).toEqual(['used', 'pulled', 'young', 'unseen'].map(hex).sort());
    expect(left('volumes')).toEqual(['mounted', 'unseen', 'young']);
    expect(removals()).toEqual(['docker builder prune --filter until=60m']);
  });

  test('keeps for an hour what was in use at the last look', () => {
    level(10);
    image('job', 9, { tags: ['job:1'], use: 'container' });
    volume('cache', 9, true);
    free();
    fs.rmSync(file('used', hex('job')));
    fs.rmSync(file('mounted', 'cache'));
    level(95);
    free();
    expect(left('images')).toEqual([hex('job')]);
    expect(left('volumes')).toEqual(['cache']);
  });

  test('keeps what Docker refuses to remove, and goes on', () => {
    level(95);
    image('taken', 9, { tags: ['taken:1'] });
    image('other', 8, { tags: ['other:1'] });
    // A container that came after the look: Docker's list is old, its refusal is not.
    stub(
      machine,
      'docker',
      `if [[ "$*" == 'image rm taken:1' ]]; then echo 'conflict' >&2; exit 1; fi\n${DOCKER(machine.dir)}`,
    );
    const { status, stdout } = free();
    expect(status).toBe(0);
    expect(left('images')).toEqual([hex('taken')]);
    expect(stdout).not.toContain('taken:1');
  });

  test('keeps what was built or loaded on the machine, which nobody could pull again', () => {
    level(95);
    image('local', 9, { tags: ['local:1'] });
    image('pulled', 8, { tags: ['pulled:1'] });
    fs.writeFileSync(file('local', hex('local')), '');
    free();
    expect(left('images')).toEqual([hex('local')]);
  });

  test('is freed of an image of several names by its names', () => {
    level(95);
    image('two', 9, { tags: ['a:1', 'b:1'] });
    free();
    expect(removals()).toContain('docker image rm a:1 b:1');
    expect(left('images')).toEqual([]);
  });

  test('forgets what is gone', () => {
    record('images', hex('gone'), 9);
    record('volumes', 'gone', 9);
    image('there', 9, { tags: ['there:1'] });
    free();
    expect(fs.readdirSync(path.join(seen, 'images'))).toEqual([hex('there')]);
    expect(fs.readdirSync(path.join(seen, 'volumes'))).toEqual([]);
  });

  test('is never freed by force', () => {
    expect(fs.readFileSync(FREE_DISK, 'utf8')).not.toMatch(/docker.*( -f\b|--force)/);
  });

  test('is left alone while Docker does not answer', () => {
    stub(machine, 'docker', 'exit 1');
    expect(free().status).not.toBe(0);
    expect(removals()).toEqual([]);
  });
});
