import { parseSettings } from '../../../src/functions/scaling/settings';

/** The settings of the function, as its construct writes them into a variable. */

const settings = {
  groupName: 'acme-dev-linux',
  metricsPort: 9252,
  namespace: 'GitLabRunner',
  headroomJobs: 0,
  idleTimeSeconds: 120,
  capacityPerInstance: 4,
};

test('settings are read as they were written', () => {
  expect(parseSettings(JSON.stringify(settings))).toEqual(settings);
});

test.each([
  [undefined, 'SETTINGS must be JSON, got nothing'],
  ['', 'SETTINGS must be JSON, got '],
  ['{"groupName"', 'SETTINGS must be JSON, got {"groupName"'],
  ['null', 'SETTINGS.groupName must be a name, got undefined'],
  ['[]', 'SETTINGS.groupName must be a name, got undefined'],
])('rejects the variable %j', (text, message) => {
  expect(() => parseSettings(text)).toThrow(message);
});

test.each([
  ['groupName', ['', 1, null], 'a name'],
  ['namespace', ['', 1, null], 'a name'],
  ['metricsPort', ['9252', 0, 65536, 1.5, null], 'a port'],
  ['headroomJobs', ['2', -1, 0.5, null], 'a whole number'],
  ['idleTimeSeconds', ['2', -1, 0.5, null], 'a whole number'],
  ['capacityPerInstance', ['2', 0, 0.5, null], 'a whole number above 0'],
])('rejects %s that is none', (name, values, what) => {
  for (const value of values)
    expect(() => parseSettings(JSON.stringify({ ...settings, [name]: value }))).toThrow(
      `SETTINGS.${name} must be ${what}, got ${JSON.stringify(value)}`,
    );
  expect(values).not.toHaveLength(0);
});

test('everything that is wrong is told at once', () => {
  const { message } = (() => {
    try {
      return new Error(JSON.stringify(parseSettings('{"metricsPort":0}')));
    } catch (error) {
      return error as Error;
    }
  })();
  expect(message.match(/SETTINGS\.\w+/g)).toHaveLength(6);
});
