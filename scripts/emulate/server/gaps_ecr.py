"""ECR: what the owner of a registry is told."""

from datetime import timedelta

from moto.core.utils import utcnow
from moto.ecr.responses import ECRResponse

from gaps import gap, wrapped


@gap('ECR', 'the password of a registry has expired years ago')
def passwords():
    @wrapped(ECRResponse, 'get_authorization_token')
    def get_authorization_token(original, response):
        result = original(response)
        for token in result.result['authorizationData']:
            token['expiresAt'] = utcnow() + timedelta(hours=12)
        return result
