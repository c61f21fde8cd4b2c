import type { Comparison, CurvePoint, Figures } from './comparison';
import { defaults } from './comparison';

/** The comparison as a picture: waiting against instance-hours, a panel for each trace. */

const panel = { width: 420, height: 270, left: 62, right: 18, top: 40, bottom: 46 };

/** Colours that are read on white and on black; text follows the reader's choice. */
const style = `
  text { font: 12px system-ui, sans-serif; fill: #57606a }
  .title { font-size: 14px; font-weight: 600 }
  .axis { stroke: #8c959f; stroke-width: 1; fill: none }
  .grid { stroke: #8c959f; stroke-opacity: .25 }
  .ours { stroke: #2f81f7; stroke-width: 1.5; stroke-opacity: .55; fill: none }
  .point { fill: #2f81f7; fill-opacity: .75 }
  .default { fill: #2f81f7; stroke: #2f81f7; stroke-width: 3; stroke-opacity: .35 }
  .sample { fill: #db6d28 }
  .bound { stroke: #3fb950; stroke-width: 2; stroke-dasharray: 5 4 }
  @media (prefers-color-scheme: dark) { text { fill: #adbac7 } }`;

/** From figures to places in a panel. */
interface Scales {
  readonly x: (hours: number) => number;
  readonly y: (seconds: number) => number;
  readonly hours: readonly number[];
  readonly seconds: readonly number[];
}

const fixed = (value: number): string => value.toFixed(1);

/** Round numbers, at most six, from 0 to beyond a value. */
function ticks(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) as number) * power;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

const decades = [1, 10, 100, 1000, 10000, 100000];

/** Hours from 0 on; seconds by powers of ten, since they differ by hundreds. */
function scalesOf({ ours, sample, curve, clairvoyantHours }: Comparison): Scales {
  const all: Figures[] = [ours, sample, ...curve.map(({ figures }) => figures)];
  const hours = ticks(Math.max(clairvoyantHours, ...all.map(({ instanceHours }) => instanceHours)));
  const slowest = Math.max(10, ...all.map(({ waiting95 }) => waiting95));
  const top = decades.findIndex((one) => one >= slowest);
  const seconds = decades.slice(0, top < 0 ? decades.length : top + 1);
  const [mostHours, mostSeconds] = [hours.at(-1) as number, seconds.at(-1) as number];
  const inner = { x: panel.width - panel.left - panel.right, y: panel.height - panel.top - panel.bottom };
  return {
    x: (value) => panel.left + (inner.x * value) / mostHours,
    y: (value) =>
      panel.height - panel.bottom - (inner.y * Math.log10(Math.max(1, value))) / Math.log10(mostSeconds),
    hours,
    seconds,
  };
}

const line = (from: readonly [number, number], to: readonly [number, number], name: string): string =>
  `<line class="${name}" x1="${fixed(from[0])}" y1="${fixed(from[1])}" x2="${fixed(to[0])}" y2="${fixed(to[1])}"/>`;

const text = (x: number, y: number, anchor: string, words: string, name = ''): string =>
  `<text${name === '' ? '' : ` class="${name}"`} x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${words}</text>`;

function axes({ x, y, hours, seconds }: Scales): string[] {
  const [bottom, right] = [panel.height - panel.bottom, panel.width - panel.right];
  return [
    ...seconds.flatMap((one) => [
      line([panel.left, y(one)], [right, y(one)], 'grid'),
      text(panel.left - 6, y(one) + 4, 'end', `${one} s`),
    ]),
    ...hours.map((one) => text(x(one), bottom + 17, 'middle', String(one))),
    line([panel.left, bottom], [right, bottom], 'axis'),
    text((panel.left + right) / 2, bottom + 35, 'middle', 'instance-hours'),
  ];
}

/** One line for each idle time, from the smallest headroom to the largest. */
function curves(curve: readonly CurvePoint[], { x, y }: Scales): string[] {
  const place = ({ figures }: CurvePoint): string =>
    `${fixed(x(figures.instanceHours))},${fixed(y(figures.waiting95))}`;
  const idleTimes = [...new Set(curve.map(({ idleTimeSeconds }) => idleTimeSeconds))];
  return idleTimes.map((idle) => {
    const points = curve.filter(({ idleTimeSeconds }) => idleTimeSeconds === idle);
    return `<polyline class="ours" points="${points.map(place).join(' ')}"/>`;
  });
}

const circle = (
  { instanceHours, waiting95 }: Figures,
  { x, y }: Scales,
  radius: number,
  name: string,
): string =>
  `<circle class="${name}" cx="${fixed(x(instanceHours))}" cy="${fixed(y(waiting95))}" r="${radius}"/>`;

function square({ instanceHours, waiting95 }: Figures, { x, y }: Scales): string {
  const [left, top] = [x(instanceHours) - 5, y(waiting95) - 5];
  return `<rect class="sample" x="${fixed(left)}" y="${fixed(top)}" width="10" height="10"/>`;
}

const escaped = (words: string): string => words.replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);

function panelOf(comparison: Comparison, index: number): string {
  const scales = scalesOf(comparison);
  const bound = scales.x(comparison.clairvoyantHours);
  const parts = [
    text(panel.left, 22, 'start', `${escaped(comparison.trace)}, ${comparison.jobs} jobs`, 'title'),
    ...axes(scales),
    line([bound, panel.top], [bound, panel.height - panel.bottom], 'bound'),
    ...curves(comparison.curve, scales),
    ...comparison.curve.map(({ figures }) => circle(figures, scales, 2.5, 'point')),
    square(comparison.sample, scales),
    circle(comparison.ours, scales, 6, 'default'),
  ];
  const [column, row] = [index % 2, Math.floor(index / 2)];
  return `<g transform="translate(${column * panel.width} ${row * panel.height})">\n${parts.join('\n')}\n</g>`;
}

/** What the signs mean, in one line under the panels. */
function legend(top: number): string {
  const settings = `headroomJobs ${defaults.headroomJobs}, idleTimeSeconds ${defaults.idleTimeSeconds}`;
  return [
    `<circle class="default" cx="72" cy="${top}" r="6"/>`,
    text(84, top + 4, 'start', `defaults (${settings})`),
    `<circle class="point" cx="412" cy="${top}" r="2.5"/>`,
    text(422, top + 4, 'start', 'other settings, a line for each idle time'),
    `<rect class="sample" x="67" y="${top + 17}" width="10" height="10"/>`,
    text(84, top + 26, 'start', 'the sample that this replaces'),
    line([404, top + 22], [420, top + 22], 'bound'),
    text(426, top + 26, 'start', 'bound of a scaler that knows every job in advance'),
  ].join('\n');
}

/** The picture, as SVG. */
export function picture(comparisons: readonly Comparison[]): string {
  const rows = Math.ceil(comparisons.length / 2);
  const [width, height] = [2 * panel.width, rows * panel.height + 56];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>95th percentile of waiting against instance-hours</title>
<style>${style}
</style>
${comparisons.map(panelOf).join('\n')}
${legend(rows * panel.height + 14)}
</svg>
`;
}
