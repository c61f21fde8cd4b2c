/**
 * The fleet type `docker-machine`: one manager that runs no jobs itself, and machines that it starts for them with Docker
 * Machine, in private subnets of a network that is made. One runner keeps machines ready in working hours, one uses
 * spot instances and has a new one for each job.
 */
export default {
  project: 'acme',
  aws: { region: 'eu-central-1' },
  network: {
    type: 'create',
    cidr: '10.30.0.0/16',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  },
  secretRecoveryDays: 0,
  fleets: {
    machines: {
      type: 'docker-machine',
      concurrent: 24,
      runners: {
        builds: {
          limit: 20,
          requestConcurrency: 2,
          machine: {
            instanceType: 'm5.large',
            idleTimeSeconds: 600,
            maxBuilds: 20,
            maxGrowthRate: 5,
            autoscaling: [{ periods: ['* * 8-17 * * mon-fri *'], timezone: 'Europe/Berlin', idleCount: 2 }],
          },
        },
        spot: {
          limit: 4,
          requestConcurrency: 2,
          docker: { privileged: true },
          machine: { maxBuilds: 1, spot: { maxPriceUsdPerHour: 0.1 } },
        },
      },
    },
  },
} satisfies EnvironmentInput;
