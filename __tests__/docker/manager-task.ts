import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  Background,
  calls,
  hasTool,
  newMachine,
  processesOf,
  readIfThere,
  run,
  stub,
  until,
  type Machine,
} from '../support/machine';
import { layOut } from './dockerfile';

/** An ECS task with the image of the manager: its endpoints, its runner process, its commands. */

export const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:cluster/acme-prod';
export const SERVICE = 'acme-prod-fargate';
export const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/acme-prod/0123456789abcdef0123456789abcdef';
export const DEPLOYMENT = 'ecs-svc/1111111111111111111';
export const SUCCESSOR = 'ecs-svc/2222222222222222222';
export const TOKEN = 'glrt-canary_one-0123456789.AB';
export const OTHER = 'glrt-canary_two-9876543210.CD';

/** The image has jq, and so must a machine that tests it. */
export const describeManager = hasTool('jq') ? describe : describe.skip;

/** Two runners, as the model renders them. */
export const TEMPLATE =
  'concurrent = 4\nlisten_address = ":9252"\n\n' +
  ['first', 'second']
    .map((name) => `#: runner ${name} secretsmanager acme/${name}\n[[runners]]\n  token = "@token@"\n`)
    .join('\n');

export const FILES: Readonly<Record<string, string>> = {
  'config.template.toml': TEMPLATE,
  'fargate-node.toml': '[Fargate]\n  Cluster = "arn"\n',
  'gitlab-ca.pem': '-----BEGIN CERTIFICATE-----\nÄ "$(id)"\n-----END CERTIFICATE-----\n',
};

/** As the task definition carries files. */
export const carried = (files: unknown): string => packed(JSON.stringify(files));

export const packed = (text: string): string => gzipSync(Buffer.from(text)).toString('base64');

/** One entry of a service's deployments. */
export const deployment = (
  id: string,
  status: string,
  running: number,
  desired = 1,
  pending = 0,
): object => ({
  id,
  status,
  failedTasks: 0,
  runningCount: running,
  desiredCount: desired,
  pendingCount: pending,
});

/** What ECS says of the service. */
export const serviceOf = (deployments: object[], desiredCount = 1, maximumPercent = 200): object => ({
  services: [
    { desiredCount, deploymentConfiguration: { maximumPercent, minimumHealthyPercent: 100 }, deployments },
  ],
  failures: [],
});

/** Shows answers of ECS to the image's `is_replaced`, an empty one for none, until it holds. */
const LOOKS = `
  . "$0/log.sh"
  . "$0/service.sh"
  deployment=$1 number=0
  shift
  ask_ecs() { [[ -n $next ]] && answer=$next; }
  for next; do
    number=$((number + 1))
    if is_replaced; then echo "$number" && exit; fi
  done
  echo never`;

/** Refuses what `try_on` does, and says for how long it then waits. */
const REFUSALS = `
  . "$0/log.sh"
  . "$0/protection.sh"
  for ((number = 0; number < $1; number++)); do
    refused='' SECONDS=0
    try_on false
    echo "$((retry_at - SECONDS))"
  done`;

/** A file of another process, which may end meanwhile. */
export function readOfProcess(id: string, name: string): string {
  try {
    return fs.readFileSync(`/proc/${id}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** The stand-in of gitlab-runner: QUIT lets its jobs finish, TERM aborts them. */
const RUNNER = (dir: string): string => `
  said() { echo "runner $1" >>'${dir}/records.calls'; }
  trap 'said TERM; rm -f "${dir}"/jobs/*; exit 0' TERM
  trap 'touch "${dir}/quit"; said QUIT' QUIT
  cp "\${!#}" '${dir}/found.toml' 2>/dev/null || said 'without its file'
  echo $$ >'${dir}/runner.pid.new'; mv '${dir}/runner.pid.new' '${dir}/runner.pid'
  while [[ -e ${dir}/hangs || ! -e ${dir}/quit || -n $(ls '${dir}/jobs') ]]; do
    if [[ -e ${dir}/dies ]]; then exit 7; fi
    sleep 0.02
  done
  said ended`;

/** As gitlab-runner does: rewrites its file, and exits 0 whatever GitLab says. */
const UNREGISTER = (seen: string): string => `
  config=\${!#}
  cp -r "$(dirname "$config")" '${seen}/copy'
  while read -r _; do
    cat '${seen}/unregister.says' 2>/dev/null ||
      echo '{"level":"info","msg":"Unregistering runner manager from GitLab succeeded","runner":"canary_on"}' >&2
  done < <(grep -F '[[runners]]' "$config")
  echo 'concurrent = 1' >"$config"`;

const AWS = (answers: string): string => `
  for word in "$@"; do [[ $word =~ ^[a-z]+-[a-z-]+$ ]] && break; done
  file='${answers}'/$word
  if [[ -e $file.hang ]]; then exec sleep 60; fi
  if [[ -s $file.error ]]; then cat "$file.error" >&2; exit 254; fi
  if [[ $word == get-secret-value ]]; then file='${answers}'/\${!#//\\//_}; fi
  if [[ -e $file ]]; then cat "$file"; fi`;

/** What a manager said, without the times, which every line has. */
export const linesOf = (manager: Background): string[] =>
  manager.output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} /);
      return line.slice(line.indexOf(' ') + 1);
    });

/** The task; `start` runs its entrypoint, `end` stops its endpoints too. */
export class ManagerTask {
  readonly machine: Machine = newMachine();
  /** Its ARN. */
  arn = TASK;
  /** Whether gitlab-runner answers on its page. */
  answers = true;
  /** What ECS says of the manager's container; its address among it. */
  container: object = { Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['10.0.1.5'] }] };
  /** What the agent says to a request for protection: it does as told, or refuses, with status 200 too. */
  refusal: object | undefined;
  private protection = false;
  private agentCalls = 0;
  private pageCalls = 0;
  private port = 0;
  private readonly server = http.createServer((request, response) => this.answer(request, response));

  constructor() {
    const { aws, dir, root } = this.machine;
    layOut('manager', path.join(dir, 'image'));
    fs.mkdirSync(this.file('jobs'));
    fs.mkdirSync(path.join(root, 'etc/gitlab-runner'), { recursive: true, mode: 0o700 });
    stub(
      this.machine,
      'gitlab-runner',
      `if [[ $* == *unregister* ]]; then ${UNREGISTER(aws)}\nelse ${RUNNER(dir)}\nfi`,
    );
    stub(this.machine, 'aws', AWS(aws));
    this.set('describe-tasks', { tasks: [{ taskArn: TASK, startedBy: DEPLOYMENT }] });
    this.service([deployment(DEPLOYMENT, 'PRIMARY', 1)]);
    this.token('first', TOKEN);
    this.token('second', TOKEN);
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Also ends what a failed test left running, in process groups of its own. */
  end(): void {
    for (const id of processesOf(this.machine)) process.kill(Number(id), 'SIGKILL');
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Runs the image's entrypoint, as the task definition has it, in less time. */
  start(extra: Record<string, string> = {}): Background {
    return new Background(this.machine, [this.program('entrypoint.sh')], this.environment(extra));
  }

  /** Whether the image's health check passes. */
  isHealthy(): boolean {
    return run(this.machine, [this.program('healthy.sh')], this.environment({})).status === 0;
  }

  /** A file of the task's disk. */
  file(name: string): string {
    return path.join(this.machine.dir, name);
  }

  /** A file in the task's memory. */
  memory(name: string): string {
    return path.join(this.machine.runDir, name);
  }

  /** A file that the entrypoint writes for gitlab-runner. */
  written(name: string): string {
    return path.join(this.machine.root, 'etc/gitlab-runner', name);
  }

  /** Sets what a call of AWS answers, in one step. */
  set(call: string, answer: object | string): void {
    const file = path.join(this.machine.aws, call);
    fs.writeFileSync(`${file}.new`, typeof answer === 'string' ? answer : JSON.stringify(answer));
    fs.renameSync(`${file}.new`, file);
  }

  clear(call: string): void {
    fs.rmSync(path.join(this.machine.aws, call), { force: true });
  }

  token(runner: string, value: string): void {
    this.set(`acme_${runner}`, value);
  }

  service(deployments: object[], desiredCount = 1, maximumPercent = 200): void {
    this.set('describe-services', serviceOf(deployments, desiredCount, maximumPercent));
  }

  /** The service's new deployment, whose tasks run beside this one. */
  replace(): void {
    this.service([deployment(SUCCESSOR, 'PRIMARY', 1), deployment(DEPLOYMENT, 'ACTIVE', 1)]);
  }

  job(id: number): void {
    fs.writeFileSync(this.file(`jobs/${String(id)}`), '');
  }

  finish(id: number): void {
    fs.rmSync(this.file(`jobs/${String(id)}`));
  }

  /** What the driver keeps of a job's task. */
  worker(name: string, content: string): void {
    fs.writeFileSync(this.memory(`metadata/${name}.json`), content, { mode: 0o600 });
  }

  /** By the image's own times: at which of these looks at the service the manager has to go. */
  goesAtLook(answers: readonly (object | '')[]): string {
    const texts = answers.map((answer) => (answer === '' ? '' : JSON.stringify(answer)));
    const command = [
      'bash',
      '--norc',
      '-c',
      LOOKS,
      path.dirname(this.program('service.sh')),
      DEPLOYMENT,
      ...texts,
    ];
    const { stdout, stderr } = run(this.machine, command, {
      RUN_DIR: this.machine.runDir,
      ECS_CLUSTER: CLUSTER,
      ECS_SERVICE: SERVICE,
    });
    expect(stderr).toBe('');
    return stdout.trim();
  }

  /** Seconds for which the image's `try_on` waits after refusals. */
  waitsAfterRefusals(number: number): number[] {
    const command = [
      'bash',
      '--norc',
      '-c',
      REFUSALS,
      path.dirname(this.program('protection.sh')),
      String(number),
    ];
    return run(this.machine, command).stdout.trim().split('\n').map(Number);
  }

  /** A script of the image. */
  script(name: string): string {
    return fs.readFileSync(this.program(name), 'utf8');
  }

  isProtected(): boolean {
    return this.protection;
  }

  /** How often protection was asked for or given up. */
  protectionCalls(): number {
    return this.agentCalls;
  }

  isRunnerUp(): boolean {
    const pid = readIfThere(this.file('runner.pid')).trim();
    return pid !== '' && fs.existsSync(`/proc/${pid}`);
  }

  /** A manager that runs, with its tokens. */
  async running(extra: Record<string, string> = {}): Promise<Background> {
    const manager = this.start(extra);
    await until(
      'gitlab-runner and its tokens',
      () => this.isRunnerUp() && readIfThere(this.memory('config.toml')).includes('[[runners]]'),
      30_000,
    );
    return manager;
  }

  /** A manager that runs and has looked at its service. */
  async settled(extra: Record<string, string> = {}): Promise<Background> {
    const manager = await this.running(extra);
    await until('a look at the service', () => this.asked('describe-services') > 0);
    return manager;
  }

  /** Waits for looks at the jobs that began after this call. */
  async looksAtJobs(): Promise<void> {
    const looks = this.pageCalls;
    await until('more looks at the jobs', () => this.pageCalls > looks + 5, 30_000);
  }

  /** Waits for a look at the service that began after this call, and for its end. */
  async lookedAgain(when = 'more looks'): Promise<void> {
    const looks = this.asked('describe-services');
    await until(when, () => this.asked('describe-services') > looks + 2, 30_000);
  }

  /** Waits for the end of the manager and shows that nothing of it is left running. */
  async ended(manager: Background): Promise<number | string | undefined> {
    await until('the manager ends', () => manager.ended !== undefined, 30_000);
    await until('nothing is left running', () => processesOf(this.machine).length === 0);
    await setTimeout(20); // what it said last may still be in the pipe
    return manager.ended;
  }

  /** How often AWS was asked. */
  asked(question: string): number {
    return calls(this.machine, 'aws').filter((call) => call.includes(` ${question} `)).length;
  }

  /** What happened after the start of gitlab-runner, in order, without questions. */
  events(): string[] {
    return calls(this.machine)
      .filter((call) => !/ describe-| get-secret-value | run --config /.test(call))
      .map((call) =>
        call.replace(/ --cli-\S+ \d+/g, '').replace(/--config \S*unregister\S*/, '--config COPY'),
      );
  }

  private program(name: string): string {
    return this.file(`image/usr/local/lib/gitlab-runner-aws/${name}`);
  }

  private environment(extra: Record<string, string>): Record<string, string> {
    const endpoint = `http://127.0.0.1:${String(this.port)}`;
    return {
      AWS_REGION: 'eu-central-1',
      ECS_CLUSTER: CLUSTER,
      ECS_SERVICE: SERVICE,
      METRICS_PORT: String(this.port),
      MANAGER_FILES: carried(FILES),
      ECS_AGENT_URI: `${endpoint}/agent`,
      ECS_CONTAINER_METADATA_URI_V4: `${endpoint}/metadata`,
      FILES_DIR: path.join(this.machine.root, 'etc/gitlab-runner'),
      RUN_DIR: this.machine.runDir,
      JOBS_SECONDS: '0.02',
      LOOK_SECONDS: '0.02',
      STEADY_LOOKS: '1',
      IDLE_SECONDS: '0',
      PROTECTION_RETRY_SECONDS: '0',
      RESTART_SECONDS: '1',
      TOKEN_RETRY_SECONDS: '0.05',
      TOKEN_REFRESH_SECONDS: '1',
      ...extra,
    };
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'GET /debug/jobs/list':
        this.pageCalls += 1;
        if (this.answers) response.end(this.jobsPage());
        else request.socket.destroy();
        return;
      case 'GET /metadata':
        return void response.end(JSON.stringify(this.container));
      case 'GET /metadata/task':
        return void response.end(JSON.stringify({ Cluster: CLUSTER, TaskARN: this.arn }));
      case 'PUT /agent/task-protection/v1/state':
        this.protect(request, response);
        return;
      default:
        return void response.writeHead(404).end();
    }
  }

  private protect(request: http.IncomingMessage, response: http.ServerResponse): void {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      this.agentCalls += 1;
      if (this.refusal !== undefined) return void response.end(JSON.stringify(this.refusal));
      const { ProtectionEnabled, ...rest } = JSON.parse(body) as { ProtectionEnabled: boolean };
      this.protection = ProtectionEnabled;
      const said = `protection ${String(ProtectionEnabled)} ${JSON.stringify(rest)}\n`;
      fs.appendFileSync(this.file('records.calls'), said);
      response.end(JSON.stringify({ protection: { ProtectionEnabled, TaskArn: TASK } }));
    });
  }

  private jobsPage(): string {
    return fs
      .readdirSync(this.file('jobs'))
      .map(
        (id) =>
          `url=https://gitlab.example.com/group/project/-/jobs/${id} state=running stage=step_script executor_stage=custom_run duration=1m2.5s\n`,
      )
      .join('');
  }
}
