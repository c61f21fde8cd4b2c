"""Lambda: what a function is told to be."""

import json

from moto.awslambda import urls
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.ec2.models import ec2_backends

from gaps import added, gap, wrapped

# Settings of a function that moto forgets.
SETTINGS = ('DeadLetterConfig', 'KMSKeyArn', 'LoggingConfig')

# Settings that moto takes when a function is created, and not later: AWS's name and the attribute.
LATER = {'TracingConfig': 'tracing_config', 'Architectures': 'architectures'}

# What a new account has, which is the least that AWS gives. As much must stay without a reservation.
CONCURRENCY = 10


def _keep_settings(function, given):
    kept = function.__dict__.setdefault('kept_settings', {})
    kept.update({name: given[name] for name in SETTINGS if name in given})
    for name, attribute in LATER.items():
        if given.get(name):
            setattr(function, attribute, given[name])
    if given.get('EphemeralStorage'):
        function.ephemeral_storage = given['EphemeralStorage']['Size']


def _logging(function):
    """Where a function writes, as AWS completes it."""
    defaults = {'LogFormat': 'Text', 'LogGroup': '/aws/lambda/%s' % function.function_name}
    given = {name: value for name, value in function.kept_settings.get('LoggingConfig', {}).items() if value}
    if given.get('LogFormat') == 'JSON':
        defaults.update(ApplicationLogLevel='INFO', SystemLogLevel='INFO')
    return {**defaults, **given}


@gap('Lambda', 'dead letters, key and logging are not returned: the next plan sets them again')
def settings():
    @wrapped(LambdaFunction, '__init__')
    def create(original, function, account_id, spec, *rest, **named):
        original(function, account_id, spec, *rest, **named)
        _keep_settings(function, spec)

    @wrapped(LambdaFunction, 'update_configuration')
    def update(original, function, config_updates):
        _keep_settings(function, config_updates)
        return original(function, config_updates)

    @wrapped(LambdaBackend, 'update_function_code')
    def update_code(original, backend, function_name, qualifier, body):
        _keep_settings(backend.get_function(function_name, qualifier), body)
        return original(backend, function_name, qualifier, body)

    @wrapped(LambdaFunction, 'get_configuration')
    def get_configuration(original, function, *positional, **named):
        kept = {name: function.kept_settings.get(name) for name in SETTINGS}
        return {**original(function, *positional, **named), **kept, 'LoggingConfig': _logging(function)}


@gap('Lambda', 'a function in a VPC is in one that does not exist')
def vpcs():
    config_of = LambdaFunction.vpc_config.fget

    def vpc_config(function):
        config = config_of(function)
        if config and config.get('SubnetIds'):
            ec2 = ec2_backends[function.account_id][function.region]
            config['VpcId'] = ec2.get_subnet(config['SubnetIds'][0]).vpc_id
        return config

    LambdaFunction.vpc_config = property(vpc_config)


@gap('Lambda', 'GetAccountSettings is missing, and an account can reserve more concurrency than it has')
def account_settings():
    urls.url_paths[r'{0}/(?P<api_version>[^/]+)/account-settings/?$'] = LambdaResponse.dispatch

    @added(LambdaResponse, 'get_account_settings')
    def get_account_settings(response):
        functions = list(response.backend.list_functions())
        usage = {'FunctionCount': len(functions), 'TotalCodeSize': sum(one.code_size for one in functions)}
        limit = {
            'CodeSizeUnzipped': 262144000,
            'CodeSizeZipped': 52428800,
            'ConcurrentExecutions': CONCURRENCY,
            'TotalCodeSize': 80530636800,
            'UnreservedConcurrentExecutions': CONCURRENCY,
        }
        return 200, {}, json.dumps({'AccountLimit': limit, 'AccountUsage': usage})

    @wrapped(LambdaBackend, 'put_function_concurrency')
    def put_function_concurrency(original, backend, function_name, reserved_concurrency):
        if int(reserved_concurrency) > 0:
            message = (
                'Specified ReservedConcurrentExecutions for function decreases account\'s '
                'UnreservedConcurrentExecution below its minimum value of [%d].'
            )
            raise InvalidParameterValueException(message % CONCURRENCY)
        return original(backend, function_name, reserved_concurrency)
