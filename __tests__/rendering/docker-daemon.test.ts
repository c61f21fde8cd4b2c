import { gunzipSync } from 'node:zlib';
import type { EnvironmentInput } from '../../src/config/environment';
import { renderUserData } from '../../src/rendering/user-data';
import { renderWorkerUserData } from '../../src/rendering/worker-user-data';
import { minimal, parsed, withAutoscaler } from '../support/environments';
import { provisioning } from '../support/synth';

/** Whose Docker is told of a mirror of Docker Hub. */

/** The settings of Docker that user data writes, by who gets it; nothing where it writes none. */
function settingsOf(input: EnvironmentInput): Record<string, unknown> {
  const environment = parsed(input);
  const of = (userData: Buffer): unknown => {
    const { write_files: files } = JSON.parse(gunzipSync(userData).toString('utf8').split('\n')[1] ?? '') as {
      write_files: { path: string; content: string }[];
    };
    const found = files.find(({ path }) => path === '/etc/gitlab-runner-aws/docker.json');
    return found === undefined ? undefined : JSON.parse(found.content);
  };
  return Object.fromEntries(
    environment.fleets.flatMap((fleet): [string, unknown][] => {
      if (fleet.type === 'fargate') return [];
      const workers = fleet.type === 'docker-autoscaler' ? fleet.runners : [];
      return [
        [fleet.name, of(renderUserData(environment, fleet, provisioning))],
        ...workers.map((runner): [string, unknown] => [
          `${fleet.name}-${runner.key}`,
          of(renderWorkerUserData(environment, fleet, runner.workers, provisioning)),
        ]),
      ];
    }),
  );
}

const url = 'https://mirror.acme.example';
const mirrored = { 'registry-mirrors': [url] };
const both = { ...minimal(), fleets: { ...minimal().fleets, ...withAutoscaler().fleets } };

test('a mirror that exists is asked first by every Docker', () => {
  expect(settingsOf({ ...both, registryMirror: { type: 'url', url } })).toEqual({
    linux: mirrored,
    builds: mirrored,
    'builds-default': mirrored,
  });
});

test('the mirror of a manager is asked by its workers, by http, and not by the manager itself', () => {
  expect(settingsOf({ ...withAutoscaler(), registryMirror: { type: 'own' } })).toEqual({
    builds: undefined,
    'builds-default': {
      'registry-mirrors': ['http://registry.acme-dev-builds.internal:5000'],
      'insecure-registries': ['registry.acme-dev-builds.internal:5000'],
    },
  });
});

test('without a mirror Docker is told nothing', () => {
  expect(settingsOf(both)).toEqual({ linux: undefined, builds: undefined, 'builds-default': undefined });
});
