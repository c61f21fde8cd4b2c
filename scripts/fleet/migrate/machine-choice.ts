import { architectureOf } from '../../../src/config/instance-types';
import type { Path } from './draft';
import type { FleetType, RunnerMove } from './migration';
import type { Option, Options } from './option';

/** Which machines: instance type, image and spot, each from several options together. */

const option = (options: Options, name: string): Option | undefined => options.get(`amazonec2-${name}`);

const typeField: Readonly<Record<FleetType, Path>> = {
  'docker-machine': ['instanceType'],
  'docker-autoscaler': ['instanceTypes', 0],
};

/** The instance type; Docker Machine has another default. */
export function takeInstanceType(options: Options, path: Path, move: RunnerMove, list: string): void {
  const given = option(options, 'instance-type');
  if (given === undefined)
    move.notebook.add(
      list,
      'has no amazonec2-instance-type: Docker Machine took t2.micro, and here it is m6i.large',
    );
  else move.draft.set([...path, ...typeField[move.type]], given.value, given.from);
}

/** Images that nobody has to build. */
const stock: Readonly<Record<FleetType, string>> = {
  'docker-machine': 'ubuntu-24.04',
  'docker-autoscaler': 'amazon-linux-2023',
};

const noWorkerImage =
  "is not taken over: workers need more than Docker Machine's image has. The stock image holds; better build one (images of the environment, npm run packer:build), or provision Amazon Linux 2023 with image { ami, provisioned: false }";

/** The image; it must have the instruction set of the instance type. */
export function takeImage(options: Options, path: Path, move: RunnerMove): void {
  const { draft, type } = move;
  const ami = option(options, 'ami');
  const image = [...path, 'image'];
  const isGiven = type === 'docker-machine' && ami !== undefined;
  if (isGiven) takeAmi(options, ami, image, move);
  else noteImage(options, move);
  const instanceType = option(options, 'instance-type');
  if (architectureOf(instanceType?.value ?? '') === 'x86_64') return;
  const from = instanceType?.from ?? '';
  if (!isGiven) draft.set([...image, 'stock'], stock[type], from);
  draft.set([...image, 'architecture'], 'arm64', from);
}

function takeAmi(options: Options, ami: Option, image: Path, { draft }: RunnerMove): void {
  const device = option(options, 'device-name');
  const user = option(options, 'ssh-user');
  draft.set([...image, 'ami'], ami.value, ami.from);
  draft.set([...image, 'rootDeviceName'], device?.value, device?.from ?? '');
  draft.set([...image, 'sshUser'], user?.value, user?.from ?? '');
}

/** What is said of an image that is not taken over. */
function noteImage(options: Options, { notebook }: RunnerMove): void {
  const ofAmi = 'belongs to an image { ami }: a stock image has its own';
  for (const [name, note] of [
    ['ami', noWorkerImage],
    ['device-name', ofAmi],
    ['ssh-user', ofAmi],
  ] as const) {
    const given = option(options, name);
    if (given !== undefined) notebook.add(given.from, note, given.text);
  }
}

/** What Docker Machine pays at most where nothing is said, in US dollars; an empty price is the one on demand. */
const priceOf = (price: Option | undefined): number | undefined =>
  price === undefined ? 0.5 : Number(price.value) || undefined;

/** Spot instances; only Docker Machine has a price. */
export function takeSpot(options: Options, path: Path, { draft, notebook, type }: RunnerMove): void {
  const request = option(options, 'request-spot-instance');
  const price = option(options, 'spot-price');
  if (request === undefined || request.value === 'false') {
    const note = 'means nothing without amazonec2-request-spot-instance, and is left out';
    if (price !== undefined) notebook.add(price.from, note, price.text);
    return;
  }
  draft.set([...path, 'spot'], {}, request.from);
  if (type === 'docker-machine')
    draft.set([...path, 'spot', 'maxPriceUsdPerHour'], priceOf(price), price?.from ?? request.from);
  else if (price !== undefined)
    notebook.add(
      price.from,
      'has no successor: workers cost the spot price, and never more than on demand',
      price.text,
    );
}
