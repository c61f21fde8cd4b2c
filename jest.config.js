/** Every layer of tests in one run: `npm test`. `--selectProjects unit` leaves out what needs Terraform, Packer or moto. */
const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  testEnvironment: 'node',
  transform: { '\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json' }] },
  modulePathIgnorePatterns: ['<rootDir>/cdktf.out', '<rootDir>/packer.out'],
});

module.exports = {
  // Half of the end-to-end tests is waiting for Terraform.
  maxWorkers: 2,
  projects: [
    project('unit', ['<rootDir>/__tests__/!(e2e)/**/*.test.ts', '<rootDir>/__tests__/*.test.ts']),
    project('e2e', ['<rootDir>/__tests__/e2e/**/*.test.ts']),
  ],
};
