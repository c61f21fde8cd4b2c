import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { Background, PACKER, calls, newMachine, readIfThere, stub, type Machine } from '../support/machine';

/** A machine that runs jobs and is about to end: its metadata service, its runner process, its commands, its clock. */

export const DRAIN = path.join(PACKER, 'files/usr/local/lib/gitlab-runner-aws/drain.sh');
export const INSTANCE = 'i-0123456789abcdef0';
export const TOKEN = 'glrt-canary_one-0123456789.AB';
/** When every clock of these tests starts. */
export const START = Date.parse('2026-03-01T12:00:00Z') / 1000;

const CONFIG = ['first', 'second']
  .map((name) => `[[runners]]\n  name = "${name}"\n  token = "${TOKEN}"\n`)
  .join('');

/** EC2's metadata service (IMDSv2), and gitlab-runner's pages, on loopback. */
export class Metadata {
  /** Whether it answers. */
  up = true;
  /** What is under each path; the others are 404. */
  readonly paths = new Map<string, string>([['instance-id', INSTANCE]]);
  /** Requests that it answered. */
  answered = 0;
  /** Sessions that it has given out. */
  sessions = 0;
  private session = '';
  private readonly server = http.createServer((request, response) => this.answer(request, response));

  constructor(private readonly jobs: () => string) {}

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Ends the session, as its time to live does. */
  expire(): void {
    this.session = 'none';
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = request.url ?? '';
    if (url === '/debug/jobs/list') return void response.end(this.jobs());
    if (!this.up) return void request.socket.destroy();
    this.answered += 1;
    if (url === '/latest/api/token') {
      this.open(request, response);
      return;
    }
    if (request.headers['x-aws-ec2-metadata-token'] !== this.session) {
      return void response.writeHead(401).end('<h1>401 - Unauthorized</h1>');
    }
    const value = this.paths.get(url.replace('/latest/meta-data/', ''));
    response.writeHead(value === undefined ? 404 : 200).end(value ?? '<h1>404 - Not Found</h1>');
  }

  private open(request: http.IncomingMessage, response: http.ServerResponse): void {
    const seconds = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']);
    if (request.method !== 'PUT' || !(seconds >= 1 && seconds <= 21600))
      return void response.writeHead(400).end();
    this.sessions += 1;
    this.session = `session-${String(this.sessions)}`;
    response.end(this.session);
  }
}

/** The stand-in of gitlab-runner: QUIT lets its jobs finish; TERM, which nobody may send, is written down. */
const RUNNER = `
  said() { echo "runner $1" >>"$DIR/records.calls"; }
  trap 'said TERM; exit 1' TERM INT
  trap 'touch "$DIR/quit"; said QUIT' QUIT
  echo $$ >"$DIR/runner.pid"
  while [[ -e $DIR/hangs || ! -e $DIR/quit || -n $(ls "$DIR/jobs") ]]; do
    for job in "$DIR"/jobs/*; do
      if [[ -s $job ]] && (($(<"$DIR/clock") >= $(<"$job"))); then rm "$job"; said "finished \${job##*/}"; fi
    done
    /usr/bin/sleep 0.01
  done
  said ended`;

const SYSTEMCTL = (dir: string): string => `
  pid=$(cat '${dir}/runner.pid' 2>/dev/null) && kill -0 "$pid" 2>/dev/null && alive=1
  case "$*" in
    '--no-block stop gitlab-runner.service')
      if [[ -e '${dir}/deaf' ]]; then rm '${dir}/deaf'; exit 1; fi
      if [[ -n \${alive-} && ! -e '${dir}/stopping' ]]; then touch '${dir}/stopping'; kill -QUIT "$pid"; fi ;;
    'is-active gitlab-runner.service')
      if [[ -e '${dir}/mute' ]]; then rm '${dir}/mute'; exit 1; fi
      if [[ -z \${alive-} ]]; then echo inactive; exit 3; fi
      if [[ -e '${dir}/stopping' ]]; then echo deactivating; exit 3; fi
      echo active ;;
    'kill --signal=SIGKILL gitlab-runner.service') [[ -e '${dir}/immortal' ]] || kill -KILL "$pid" ;;
    'start gitlab-runner-drain.service') ;;
    *) echo "not a call of systemctl: $*" >&2; exit 64 ;;
  esac`;

const AWS = (answers: string): string => `
  for word in "$@"; do [[ $word =~ ^[a-z]+-.*-.*$ ]] && break; done
  file='${answers}'/$word
  if [[ -s $file.errors ]]; then head -n 1 "$file.errors" >&2; sed -i 1d "$file.errors"; exit 254; fi
  if [[ -s $file.error ]]; then cat "$file.error" >&2; exit 254; fi
  if [[ -s $file.says ]]; then cat "$file.says"; fi`;

/** As gitlab-runner does: rewrites its file, writes an identity if there is none, exits 0 whatever GitLab says. */
const UNREGISTER = (seen: string): string => `
  config=\${!#} folder=$(dirname "\${!#}")
  if [[ -e '${seen}/unregister.hang' ]]; then exec /usr/bin/sleep 60; fi
  mkdir -p '${seen}/copy'; cp -a "$folder/." '${seen}/copy'; stat -c %a "$folder" >'${seen}/mode'
  stat -f -c %T "$folder" >'${seen}/kind'
  while read -r _; do
    cat '${seen}/unregister.says' 2>/dev/null ||
      echo '{"level":"info","msg":"Unregistering runner manager from GitLab succeeded","runner":"canary_on"}' >&2
  done < <(grep -F '[[runners]]' "$config")
  echo 'concurrent = 1' >"$config"`;

/** One machine with its services; `end` stops them. */
export class DrainingMachine {
  readonly machine: Machine = newMachine();
  readonly metadata = new Metadata(() => this.jobsPage());
  readonly stateDir: string;
  private runner: Background | undefined;
  private port = 0;

  constructor() {
    const { dir, aws, runDir } = this.machine;
    this.stateDir = path.join(dir, 'state');
    for (const folder of [this.stateDir, this.file('jobs')]) fs.mkdirSync(folder);
    fs.writeFileSync(this.file('clock'), String(START));
    fs.writeFileSync(path.join(runDir, 'config.toml'), CONFIG, { mode: 0o600 });
    fs.writeFileSync(path.join(runDir, '.runner_system_id'), 's_0123456789ab');
    stub(this.machine, 'systemctl', SYSTEMCTL(dir));
    stub(this.machine, 'aws', AWS(aws));
    stub(this.machine, 'gitlab-runner', UNREGISTER(aws));
    this.bin('date', `[[ $* == +%s ]] && exec cat '${dir}/clock'; exec /usr/bin/date "$@"`);
    this.bin(
      'sleep',
      `echo $(($(<'${dir}/clock') + $1)) >'${dir}/clock.new'; mv '${dir}/clock.new' '${dir}/clock'; exec /usr/bin/sleep 0.01`,
    );
  }

  async start(): Promise<void> {
    this.port = await this.metadata.start();
    fs.writeFileSync(
      this.file('environment'),
      [
        'AWS_REGION=eu-central-1',
        'AUTO_SCALING_GROUP=acme-prod-linux',
        'LAUNCH_HOOK=launch',
        'TERMINATION_HOOK=drain',
        'DRAIN_TIMEOUT_SECONDS=86400',
        `METRICS_PORT=${String(this.port)}`,
        '',
      ].join('\n'),
    );
    this.startRunner();
  }

  end(): void {
    this.metadata.stop();
  }

  /** A file of the machine's disk. */
  file(name: string): string {
    return path.join(this.machine.dir, name);
  }

  /** A file of the state that outlives a reboot. */
  state(name: string): string {
    return path.join(this.stateDir, name);
  }

  /** A file of what the stubbed AWS and GitLab answer and have seen. */
  answer(name: string): string {
    return path.join(this.machine.aws, name);
  }

  /** The service, or a command of an operator. */
  drain(args: readonly string[] = [], extra: Record<string, string> = {}): Background {
    return this.script(DRAIN, args, extra);
  }

  /** Any script of ours on this machine. */
  script(file: string, args: readonly string[] = [], extra: Record<string, string> = {}): Background {
    return new Background(this.machine, ['bash', file, ...args], {
      ENVIRONMENT_FILE: this.file('environment'),
      METADATA: `http://127.0.0.1:${String(this.port)}`,
      RUN_DIR: this.machine.runDir,
      STATE_DIR: this.stateDir,
      ...extra,
    });
  }

  startRunner(): void {
    const env = { DIR: this.machine.dir };
    this.runner = new Background(this.machine, ['bash', '-c', RUNNER], env);
  }

  /** A job that ends after so many seconds of the machine's clock, or when `finish` says so. */
  job(id: number, seconds?: number): void {
    const end = seconds === undefined ? '' : String(START + seconds);
    fs.writeFileSync(this.file(`jobs/${String(id)}`), end);
  }

  finish(id: number): void {
    fs.rmSync(this.file(`jobs/${String(id)}`));
  }

  /** The group's decision, as the instance sees it. */
  terminate(): void {
    this.metadata.paths.set('autoscaling/target-lifecycle-state', 'Terminated');
  }

  /** EC2's notice to take a spot instance so many seconds after the start. */
  reclaim(seconds: number): void {
    const time = new Date((START + seconds) * 1000).toISOString().replace('.000', '');
    this.metadata.paths.set('spot/instance-action', JSON.stringify({ action: 'terminate', time }));
  }

  /** What happened, in order: signals, jobs, calls; without the questions and without arguments that never differ. */
  events(): string[] {
    return calls(this.machine)
      .filter((call) => !call.startsWith('systemctl is-active'))
      .map((call) =>
        call
          .replace(/ --cli-\S+ \d+/g, '')
          .replace(/--config \S+/, '--config COPY')
          .replace(` --instance-id ${INSTANCE} --auto-scaling-group-name acme-prod-linux`, ''),
      );
  }

  /** Seconds since the start, by the machine's clock. */
  elapsed(): number {
    return Number(readIfThere(this.file('clock'))) - START;
  }

  isRunnerUp(): boolean {
    return this.runner?.ended === undefined;
  }

  private jobsPage(): string {
    return fs
      .readdirSync(this.file('jobs'))
      .map(
        (id) =>
          `url=https://gitlab.example.com/group/project/-/jobs/${id} state=running stage=step_script executor_stage=docker_run duration=1m2.5s\n`,
      )
      .join('');
  }

  private bin(name: string, body: string): void {
    fs.writeFileSync(path.join(this.machine.bin, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  }
}
