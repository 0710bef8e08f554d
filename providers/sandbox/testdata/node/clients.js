// The vendors' own Node clients against a sandbox: node clients.js HOST:PORT CREDENTIALS, the latter as JSON.
// vendor_clients_test.go starts the sandbox and runs this.
'use strict';
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const http = require('node:http');
const { test } = require('node:test');

const OpenApi = require('@alicloud/openapi-client');
const { RuntimeOptions } = require('@alicloud/tea-util');
const oauth2 = require('@alicloud/dingtalk/oauth2_1_0');
const workflow = require('@alicloud/dingtalk/workflow_1_0');
const storage = require('@alicloud/dingtalk/storage_1_0');
const convFile = require('@alicloud/dingtalk/conv_file_1_0');
const { essbasic } = require('tencentcloud-sdk-nodejs/tencentcloud/services/essbasic');

const [endpoint, given] = process.argv.slice(2);
const { DingTalk: ding, Tencent: tencent } = JSON.parse(given);

const client = (module) => new module.default(new OpenApi.Config({ protocol: 'http', endpoint, regionId: 'central' }));
const runtime = new RuntimeOptions({ readTimeout: 20000, connectTimeout: 5000 });
let token;

// call makes a v1.0 call: its name, the path parameters, the fields.
async function call(module, name, path, fields, accessToken = token) {
  const kind = name[0].toUpperCase() + name.slice(1);
  const headers = new module[`${kind}Headers`]({ xAcsDingtalkAccessToken: accessToken });
  const request = new module[`${kind}Request`](fields);
  return (await client(module)[`${name}WithOptions`](...path, request, headers, runtime)).body;
}

const refused = (promise, statusCode, code) => assert.rejects(promise, (err) => {
  assert.deepEqual([err.statusCode, err.code], [statusCode, code], err.message);
  assert.match(err.message, /request id: [0-9A-F-]{36}/);
  return true;
});
const burst = 200; // calls side by side, which take fewer than ten seconds
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const nextSecond = () => pause(1050);

const getToken = (appSecret) => client(oauth2).getAccessToken(new oauth2.GetAccessTokenRequest({ appKey: ding.AppKey, appSecret }));
const getSpace = (userId) => call(workflow, 'getAttachmentSpace', [], { userId, agentId: ding.AgentID });

let spaceId;
const ticket = (name, bytes, more) => call(storage, 'getFileUploadInfo', [spaceId], {
  unionId: ding.UnionID, protocol: 'HEADER_SIGNATURE', multipart: false,
  option: new storage.GetFileUploadInfoRequestOption({
    storageDriver: 'DINGTALK',
    preCheckParam: new storage.GetFileUploadInfoRequestOptionPreCheckParam({
      name, parentId: '0', size: bytes.length, md5: crypto.createHash('md5').update(bytes).digest('hex'),
    }),
  }), ...more,
});
const put = ({ resourceUrls, headers }, bytes, more) => fetch(resourceUrls[0], { method: 'PUT', body: bytes, headers: { ...headers, ...more } });
const commit = (uploadKey, name, option) => call(storage, 'commitFile', [spaceId], {
  unionId: ding.UnionID, uploadKey, name, parentId: '0', option: new storage.CommitFileRequestOption(option),
});

// stage uploads and commits, and returns the dentry.
async function stage(name, bytes, option) {
  const t = await ticket(name, bytes);
  assert.equal((await put(t.headerSignatureInfo, bytes)).status, 200);
  return (await commit(t.uploadKey, name, { size: bytes.length, ...option })).dentry;
}
const formValue = (d) => JSON.stringify([{ spaceId: d.spaceId, fileName: d.name, fileSize: `${d.size}`, fileType: d.extension, fileId: d.id }]);
const start = (value, more) => call(workflow, 'startProcessInstance', [], {
  processCode: ding.Process, originatorUserId: ding.UserID, deptId: ding.Department, microappAgentId: ding.AgentID,
  formComponentValues: [new workflow.StartProcessInstanceRequestFormComponentValues({ name: ding.Field, componentType: 'DDAttachment', value })],
  ...more,
});
const preview = (processInstanceId, fileId, fileIdList) => call(workflow, 'getSpaceWithDownloadAuth', [], {
  userId: ding.UserID, agentId: ding.AgentID, processInstanceId, fileId, fileIdList, withCommentAttatchment: false,
});
const link = (dentryId, openConversationId) => call(convFile, 'sendLink', [], { unionId: ding.UnionID, spaceId, dentryId, openConversationId });

test('DingTalk', async (t) => {
  await t.test('a token, the same when asked for again', async () => {
    await refused(getToken('wrong'), 400, 'invalidClientIdOrSecret');
    const { accessToken, expireIn } = (await getToken(ding.AppSecret)).body;
    assert.equal(expireIn, 7200);
    token = accessToken;
    assert.equal((await getToken(ding.AppSecret)).body.accessToken, token);
    await refused(call(workflow, 'getAttachmentSpace', [], { userId: ding.UserID }, 'undefined'), 400, 'InvalidAuthentication');
  });

  await t.test('the space', async () => {
    spaceId = '3996960664';
    await refused(ticket('a.txt', Buffer.from('a')), 403, 'permissionDenied');
    const { result, success } = await getSpace(ding.UserID);
    assert.deepEqual([result.spaceId, success], [3996960664, true]);
    await refused(getSpace('nobody'), 400, 'userNotExist');
    await refused(call(workflow, 'getAttachmentSpace', [], {}), 400, 'MissinguserId');
  });

  await t.test('from a file to a link in a chat', async () => {
    const bytes = crypto.randomBytes(300 * 1024);
    const d = await stage('合同, 终稿.PDF', bytes);
    assert.deepEqual([d.name, d.size, d.extension, d.path, d.type, d.version], ['合同, 终稿.PDF', bytes.length, 'pdf', '/合同, 终稿.PDF', 'FILE', 1]);
    assert.deepEqual([d.spaceId, d.parentId, d.status, d.creatorId, d.category], [spaceId, '0', 'NORMAL', ding.UnionID, 'DOCUMENT']);

    const looked = await call(storage, 'getDentry', [spaceId, d.id], { unionId: ding.UnionID });
    assert.deepEqual(looked.dentry.uuid, d.uuid);
    const listed = await call(storage, 'listDentries', [spaceId], { unionId: ding.UnionID, parentId: '0' });
    assert.ok(listed.dentries.some((e) => e.id === d.id));

    const { instanceId } = await start(formValue(d));
    assert.match(instanceId, /^[0-9a-f-]{36}$/);
    const seen = await preview(instanceId, d.id, [d.id]);
    assert.deepEqual([seen.result.spaceId, seen.success], [3996960664, true]);
    await preview(ding.Instance, d.id);
    const { file } = await link(d.id, ding.Conversation);
    assert.deepEqual([file.id, file.conversationId, file.spaceId, file.name, file.size], [d.id, ding.Conversation, spaceId, d.name, d.size]);

    const other = await stage('other.txt', Buffer.from('other'));
    await refused(preview(instanceId, other.id), 400, 'noPermission');
    await refused(preview(instanceId, d.id, Array(21).fill(d.id)), 400, 'invalidFileList');
    await refused(preview('a17444d1-xxxx', d.id), 400, 'processInstNotExist');
    await refused(link(d.id, 'cidNowhere'), 404, 'conversationNotExist');
    await refused(link('1', ding.Conversation), 400, 'paramError.dentryId');
    await refused(start(formValue({ ...d, id: '1' })), 400, 'formConverterError');
    await refused(start('[{"spaceId":"1"}]'), 400, 'formConverterError');
    await refused(start(formValue(d), { processCode: 'PROC-X' }), 400, 'processCodeError');
    await refused(start(formValue(d), { deptId: undefined }), 400, 'processInstanceInvalidParameter');
  });

  await t.test('bytes must come with the headers of the ticket alone', async () => {
    const bytes = Buffer.from('hello');
    const { headerSignatureInfo: info, uploadKey } = await ticket('signed.txt', bytes);
    for (const more of [{ 'Content-Type': 'application/octet-stream' }, { 'x-oss-meta-a': 'b' }, { 'Content-MD5': 'x' }]) {
      const answer = await put(info, bytes, more);
      const text = await answer.text();
      assert.equal(answer.status, 403);
      assert.match(text, /<Code>SignatureDoesNotMatch<\/Code>/);
      assert.match(text, new RegExp(`<RequestId>${answer.headers.get('x-oss-request-id')}</RequestId>`));
      assert.match(text, /<StringToSign>PUT&#10;/);
    }
    await refused(commit(uploadKey, 'signed.txt'), 400, 'paramError.uploadKey');
    const answer = await put(info, bytes);
    assert.deepEqual([answer.status, await answer.text()], [200, '']);
    assert.equal(answer.headers.get('etag'), '"5D41402ABC4B2A76B9719D911017C592"');
    await refused(commit(uploadKey, 'signed.txt', { size: 6 }), 400, 'paramError.size');
    await refused(commit(uploadKey, 'a|b.txt'), 400, 'paramError.name');
    await commit(uploadKey, 'signed.txt', { size: 5 });
    await refused(commit(uploadKey, 'signed.txt', { size: 5 }), 400, 'paramError.uploadKey');
  });

  await t.test('names that are taken', async () => {
    await nextSecond();
    const first = await stage('同名.txt', Buffer.from('1'));
    const renamed = await stage('同名.txt', Buffer.from('22'));
    assert.deepEqual([renamed.name, renamed.id !== first.id], ['同名(1).txt', true]);
    const rewritten = await stage('同名.txt', Buffer.from('333'), { conflictStrategy: 'OVERWRITE' });
    assert.deepEqual([rewritten.id, rewritten.version, rewritten.size], [first.id, 2, 3]);
    const kept = await stage('同名.txt', Buffer.from('4444'), { conflictStrategy: 'RETURN_DENTRY_IF_EXISTS' });
    assert.deepEqual([kept.id, kept.version, kept.size], [first.id, 2, 3]);
    await refused(stage('同名.txt', Buffer.from('5'), { conflictStrategy: 'RETURN_ERROR_IF_EXISTS' }), 400, 'dentryAlreadyExists');
  });

  await t.test('a file in parts, side by side', async () => {
    const parts = [crypto.randomBytes(200 * 1024), crypto.randomBytes(100 * 1024), Buffer.from('the end')];
    const { uploadKey } = await call(storage, 'initMultipartFileUpload', [spaceId], { unionId: ding.UnionID });
    const { multipartHeaderSignatureInfos: infos } = await call(storage, 'getMultipartFileUploadInfos', [], {
      unionId: ding.UnionID, uploadKey, partNumbers: [1, 2, 3],
    });
    await Promise.all(infos.slice(1).map(async (info) => {
      assert.equal((await put(info.headerSignatureInfo, parts[info.partNumber - 1])).status, 200);
    }));
    await refused(commit(uploadKey, 'parts.bin'), 400, 'paramError.uploadKey');
    assert.equal((await put(infos[0].headerSignatureInfo, parts[0])).status, 200);
    const size = parts.reduce((sum, p) => sum + p.length, 0);
    assert.equal((await commit(uploadKey, 'parts.bin', { size })).dentry.size, size);
  });

  await t.test('a JSON object whatever is called', async () => {
    for (const [path, init] of [['/v1.0/nowhere', { method: 'POST' }], ['/v1.0/oauth2/accessToken', {}], ['/v1.0', { method: 'DELETE' }]]) {
      const answer = await fetch(`http://${endpoint}${path}`, init);
      assert.deepEqual([answer.status, (await answer.json()).code], [404, 'InvalidAction.NotFound']);
    }
    const form = await fetch(`http://${endpoint}/v1.0/oauth2/accessToken`, { method: 'POST', body: new URLSearchParams({ appKey: ding.AppKey }) });
    assert.deepEqual([form.status, (await form.json()).code], [400, 'Missingbody']);
  });

  await t.test('a burst past the limit', async () => {
    await nextSecond();
    const ends = await Promise.allSettled(Array.from({ length: burst }, () => getSpace(ding.UserID)));
    const codes = ends.filter((e) => e.status === 'rejected').map((e) => `${e.reason.statusCode} ${e.reason.code}`);
    assert.ok(codes.length > 0 && codes.length <= burst - 20, `${codes.length} of ${burst} were turned away`);
    assert.deepEqual([...new Set(codes)], ['403 Forbidden.AccessDenied.QpsLimitForAppkeyAndApi']);
    await nextSecond();
    await getSpace(ding.UserID);
  });
});

test("Tencent's e-sign", async (t) => {
  const port = endpoint.slice(endpoint.lastIndexOf(':') + 1);
  // The client takes the service that it signs for from the host's name, so the name stays and its address is ours.
  const lookup = (_, { all }, done) => (all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4));
  const agent = new http.Agent({ lookup });
  const connect = (secretId, secretKey, host = 'essbasic.tencentcloudapi.com') => new essbasic.v20210526.Client({
    credential: { secretId, secretKey },
    region: '',
    profile: { httpProfile: { endpoint: `${host}:${port}`, protocol: 'http://', agent } },
  });
  const right = connect(tencent.SecretID, tencent.SecretKey);
  const ask = (FlowIds, agentFields, from = right) => from.DescribeResourceUrlsByFlows({
    Agent: { AppId: tencent.AppID, ProxyOrganizationOpenId: tencent.Organization, ProxyOperator: { OpenId: tencent.Operator }, ...agentFields }, FlowIds,
  });
  const fails = (promise, code) => assert.rejects(promise, (err) => {
    assert.equal(err.code, code, err.message);
    assert.ok(err.requestId);
    return true;
  });

  await t.test('links to signed documents, matched by position', async () => {
    const gone = 'yDwivUUckpor6wtoUuogwQHCAB0ES0p1';
    const [one, two] = ['yDwivUUckpor6wtoUuogwQHCAB0ES0pQ', 'yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh'];
    const answer = await ask([two, gone, one]);
    assert.deepEqual(answer.ErrorMessages, ['', '查询流程不存在', '']);
    assert.deepEqual(answer.FlowResourceUrlInfos.map((f) => [f.FlowId, f.ResourceUrlInfos.length]), [[two, 2], [gone, 0], [one, 1]]);
    const { Url, Name, Type } = answer.FlowResourceUrlInfos[2].ResourceUrlInfos[0];
    assert.deepEqual([Name, Type], ['合同,270481027143248.pdf', 'PDF']);
    const pdf = await fetch(Url);
    assert.deepEqual([pdf.status, pdf.headers.get('content-type')], [200, 'application/pdf']);
    assert.match(await pdf.text(), /^%PDF-1\.[\s\S]*%%EOF\n$/);
    assert.equal((await fetch(Url.slice(0, -1))).status, 403);
  });

  await t.test('errors', async () => {
    await fails(ask(['x'], {}, connect(tencent.SecretID, 'wrong')), 'AuthFailure.SignatureFailure');
    await fails(ask(['x'], {}, connect('AKIDNOBODY', tencent.SecretKey)), 'AuthFailure.SecretIdNotFound');
    await fails(ask(['x'], {}, connect(tencent.SecretID, tencent.SecretKey, '127.0.0.1')), 'AuthFailure.SignatureFailure'); // signs for the service 127
    await fails(ask([]), 'MissingParameter.FlowId');
    await fails(ask(Array(51).fill('x')), 'InvalidParameter');
    await fails(ask(['x'], { AppId: 'other' }), 'ResourceNotFound.Application');
    await fails(ask(['x'], { ProxyOperator: {} }), 'MissingParameter.UserOpenId');
    await fails(ask(['x'], { ProxyOperator: { OpenId: 'other' } }), 'OperationDenied.UserNotInOrganization');
    await fails(right.DescribeTemplates({}), 'InvalidAction');
  });

  await t.test('a burst past the limit', async () => {
    await nextSecond();
    const ends = await Promise.allSettled(Array.from({ length: burst }, () => ask(['x'])));
    const codes = ends.filter((e) => e.status === 'rejected').map((e) => e.reason.code);
    assert.ok(codes.length > 0 && codes.length <= burst - 20, `${codes.length} of ${burst} were turned away`);
    assert.deepEqual([...new Set(codes)], ['RequestLimitExceeded']);
    await nextSecond();
    await ask(['x']);
  });
});
