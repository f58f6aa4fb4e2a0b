"""`python -m zd_local.issuer`: serve; `python -m zd_local.issuer rotate`: sign with a new key from now on."""

import sys

import uvicorn

from zd_local.issuer.app import IssuerSettings, create_app
from zd_local.issuer.keys import rotate


def main(arguments: list[str]) -> None:
    settings = IssuerSettings()
    if arguments == ["rotate"]:
        print(rotate(settings.keys_file))
    else:
        uvicorn.run(create_app(settings), host=settings.host, port=settings.port, access_log=False)


if __name__ == "__main__":
    main(sys.argv[1:])
