import { randomFrom, type Random } from './random';

/** Traces of jobs: when they arrive and how long they run. */

/** One job of a trace. */
export interface Job {
  /** When it arrives, in seconds from the start of the trace. */
  readonly arrival: number;
  /** How long it runs, in seconds. */
  readonly duration: number;
}

/** Jobs by arrival. */
export interface Trace {
  /** What it is called in tables. */
  readonly name: string;
  /** The jobs, by arrival. */
  readonly jobs: readonly Job[];
}

const hour = 3600;
const day = 24 * hour;

const byArrival = (jobs: readonly Job[]): Job[] =>
  [...jobs].sort((one, other) => one.arrival - other.arrival);

/** Independent arrivals at a rate per hour that changes with time, thinned from the largest rate. */
function arrivals(random: Random, seconds: number, most: number, rate: (time: number) => number): number[] {
  const times: number[] = [];
  for (let time = random.exponential(hour / most); time < seconds; time += random.exponential(hour / most))
    if (random.even() * most < rate(time)) times.push(time);
  return times;
}

/** Jobs an hour of an office by the hour of a day: quiet nights, a dip at noon. */
const officeRates = [
  4, 4, 4, 4, 4, 4, 10, 40, 110, 160, 170, 150, 90, 140, 170, 160, 130, 80, 30, 15, 10, 8, 6, 4,
];

const officeRate = (time: number): number => officeRates[Math.floor((time % day) / hour)] as number;

/** Two working days of an office: up to 170 jobs an hour, of four minutes in the middle. */
function officeDay(seed: number): Job[] {
  const random = randomFrom(seed);
  return arrivals(random, 2 * day, Math.max(...officeRates), officeRate).map((arrival) => ({
    arrival,
    duration: Math.min(hour, random.logNormal(240, 0.8)),
  }));
}

/** A repository whose pipelines start 20 to 80 jobs at once, about once an hour from 8 to 18, and little beside. */
function bursts(seed: number): Job[] {
  const random = randomFrom(seed);
  const duration = () => Math.min(hour, random.logNormal(300, 0.5));
  const daytime = (time: number): number => (time % day >= 8 * hour && time % day < 18 * hour ? 1 : 0);
  const pipelines = arrivals(random, 2 * day, 1, daytime).flatMap((arrival) =>
    Array.from({ length: 20 + Math.floor(random.even() * 61) }, () => ({ arrival, duration: duration() })),
  );
  const others = arrivals(random, 2 * day, 6, () => 6).map((arrival) => ({ arrival, duration: duration() }));
  return byArrival([...pipelines, ...others]);
}

/** Nights: at two o'clock 150 jobs within ten minutes, of a quarter of an hour in the middle; days almost nothing. */
function nightlyBatch(seed: number): Job[] {
  const random = randomFrom(seed);
  const nights = [0, day].flatMap((start) =>
    Array.from({ length: 150 }, () => ({
      arrival: start + 2 * hour + random.even() * 600,
      duration: Math.min(2 * hour, random.logNormal(900, 0.5)),
    })),
  );
  const days = arrivals(random, 2 * day, 4, () => 4).map((arrival) => ({
    arrival,
    duration: random.logNormal(240, 0.6),
  }));
  return byArrival([...nights, ...days]);
}

/** Around the clock 40 jobs an hour, most of minutes and some of many hours. */
function longTail(seed: number): Job[] {
  const random = randomFrom(seed);
  return arrivals(random, 2 * day, 40, () => 40).map((arrival) => ({
    arrival,
    duration: Math.min(10 * hour, random.pareto(120, 1.2)),
  }));
}

/** The seeded traces. */
export const seededTraces = (seed: number): Trace[] => [
  { name: 'office', jobs: officeDay(seed) },
  { name: 'bursts', jobs: bursts(seed + 1) },
  { name: 'nightly', jobs: nightlyBatch(seed + 2) },
  { name: 'long tail', jobs: longTail(seed + 3) },
];

/** One line: arrival and duration in seconds; nothing after a `#`. */
function parseLine(line: string, place: string): Job[] {
  const text = line.replace(/#.*/, '').trim();
  if (text === '') return [];
  const numbers = text.split(/\s+/).map(Number);
  const [arrival, duration] = numbers;
  if (numbers.length !== 2 || arrival === undefined || duration === undefined)
    throw new Error(`${place} must be an arrival and a duration in seconds, got ${JSON.stringify(line)}`);
  if (!(arrival >= 0 && arrival < Infinity && duration > 0 && duration < Infinity))
    throw new Error(
      `${place} must have an arrival of 0 or more and a duration above 0, got ${JSON.stringify(line)}`,
    );
  return [{ arrival, duration }];
}

/** Reads a trace: a line for each job, in any order, the first arrival being any. */
export function parseTrace(text: string, name: string): Trace {
  const jobs = text.split(/\r?\n/).flatMap((line, index) => parseLine(line, `${name}:${index + 1}`));
  if (jobs.length === 0) throw new Error(`${name} has no job`);
  return { name, jobs: byArrival(jobs) };
}
