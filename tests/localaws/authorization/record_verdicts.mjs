// Record what @cloud-copilot/iam-simulate says of the cases. By hand, in a folder of its own, for it is AGPL:
//   python cases.py > FOLDER/cases.json && cp record_verdicts.mjs FOLDER && cd FOLDER
//   npm install @cloud-copilot/iam-simulate@0.1.173 && node record_verdicts.mjs > verdicts.json
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const text = readFileSync('cases.json')
const named = (policies, name) => policies.map((policy, index) => ({ name: `${name}${index}`, policy }))
const verdicts = {}
for (const given of JSON.parse(text)) {
  const simulation = {
    request: {
      principal: given.principal.arn,
      action: given.action,
      resource: { resource: given.resource, accountId: '123456789012' },
      contextVariables: given.context
    },
    identityPolicies: named(given.identity, 'identity'),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: given.resource_policy,
    permissionBoundaryPolicies: given.boundary && named([given.boundary], 'boundary'),
    sessionPolicy: given.session
  }
  const answer = await runSimulation(simulation, {})
  if (answer.resultType !== 'single') throw new Error(`${given.id}: ${JSON.stringify(answer.errors)}`)
  if (answer.result.ignoredContextKeys.length) throw new Error(`${given.id}: ${answer.result.ignoredContextKeys}`)
  verdicts[given.id] = answer.overallResult
}
const sha256 = createHash('sha256').update(text).digest('hex')
process.stdout.write(JSON.stringify({ sha256, verdicts }, null, 1) + '\n')
