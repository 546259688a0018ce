"""What verifiers fetch: a folder of files, and a small server for it.

Any web server can serve the folder. It needs these types, since most names have no suffix:
`status/<number>` is `application/statuslist+jwt`, `keys.jwt` is `application/jwk-set+jwt`, `root.jwk` is
`application/jwk+json`, `.well-known/jwks.json` is `application/jwk-set+json`, the others are
`application/json`; and it answers `/status` with `status/index.json`.
Names that begin with a dot, but for `.well-known`, are not for visitors.
"""
