// Reads a JSON array of {token, jwk} from standard input; prints, for each, {payload} in base64url or {error}.
import { readFileSync } from 'node:fs'
import { base64url, compactVerify, importJWK } from 'jose'

const verdicts = []
for (const { token, jwk } of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    const key = await importJWK(jwk, 'ES256')
    const { payload } = await compactVerify(token, key, { algorithms: ['ES256'] })
    verdicts.push({ payload: base64url.encode(payload) })
  } catch (error) {
    verdicts.push({ error: error.code ?? error.name })
  }
}
console.log(JSON.stringify(verdicts))
