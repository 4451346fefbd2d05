# 演示应用与 `lingpai try` 的文案。与 en.ftl 同时手写，测试会比对两边的键。

## 页面

page-title = 演示应用
page-mark = 开发模式
page-lead = 这是本服务器的一个真实客户端。登录后，每一条往来消息都会按顺序显示在这里，并逐项说明用途。
page-note = 该应用持有客户端 ID 和密钥，像任何第三方一样通过 HTTP 与服务器通信，没有别的门路。
page-docs = 本服务器的颁发者地址：
page-skip = 跳到消息列表

language = 语言
theme = 外观
theme-auto = 跟随系统
theme-light = 浅色
theme-dark = 深色

## 开始

start-heading = 选择要申请的内容
start-lead = 这些是权限范围（scope）。服务器会在授权页面上展示它们，访问令牌只能做你同意的事。
start-button = 使用令牌账号登录
start-again = 重新开始
start-people = 用户名 { $username }，密码 { $password }。
start-consent = 即使以前同意过，也再次询问授权

scope-openid = OpenID Connect 必需：用 ID 令牌说明是谁登录
scope-profile = 姓名和头像
scope-email = 邮箱地址
scope-offline_access = 在你退出登录后仍可使用
scope-api_read = 调用演示接口：我是谁
scope-api_write = 调用演示接口：写一张便笺
scope-api_brief = 访问令牌一秒后过期，用来观察接口如何拒绝它

## 将会发生什么

plan-heading = 你会看到
plan-authorization = 应用把你的浏览器送到服务器，并说明它想要什么。
plan-person = 你登录并作出决定。应用看不到这一过程，更看不到你的密码。
plan-callback = 服务器把你的浏览器送回来，并附上一个一分钟内有效、只能用一次的授权码。
plan-token = 应用在浏览器视线之外，用授权码换取令牌。
plan-verify = 应用检查 ID 令牌：签名、颁发者、给谁、有效多久。
plan-api = 应用调用接口。接口用已公布的公钥自行检查访问令牌。

## 操作面板

panel-heading = 动手试试
panel-waiting = 服务器正在等你登录。
panel-continue = 继续登录
panel-signed-in = 已登录：
panel-read = 调用接口：读取
panel-read-hint = GET /dev/api/whoami · 需要 api:read
panel-write = 调用接口：写入
panel-write-hint = POST /dev/api/notes · 需要 api:write
panel-refresh = 刷新令牌
panel-refresh-hint = 用刷新令牌换取新的令牌
panel-replay = 重放授权码
panel-replay-hint = 像窃贼那样，再用一次已用过的授权码
panel-logout = 退出登录
panel-logout-hint = 同时结束服务器上的会话
panel-tokens-gone = 这次登录的令牌已被吊销。重新开始即可获得新的令牌。

## 角色

actor-app = 演示应用
actor-api = 演示接口
actor-browser = 浏览器
actor-server = 服务器

## 消息

messages-heading = 消息
messages-open-all = 全部展开
messages-left-out = 已省略较早的 { $count } 条消息。
message-took = { $ms } 毫秒
part-request = 请求
part-reply = 响应
part-parameters = 参数
part-headers = 头部字段
part-header = 头部
part-claims = 声明
part-raw = 令牌原文
check-good = 通过
check-bad = 未通过
check-signature = 签名

message-authorization-title = 授权请求
message-authorization-text = 应用拼出这个地址，并把你的浏览器送过去。其中没有秘密，别人读到也无从利用。
message-person-title = 你在服务器上的操作
message-person-text = 服务器请你登录，并询问是否同意。如果你已登录且以前同意过，服务器会直接作答。应用全程不在场。
message-callback-title = 回调
message-callback-text = 服务器只把你的浏览器送回已登记的地址。没有应用的密钥和 PKCE 校验值，其中的授权码毫无用处。
message-token-title = 令牌请求
message-token-text = 由应用直接发给服务器：授权码、校验值以及应用自己的凭据。令牌从不经过浏览器的地址栏。
message-userinfo-title = 用户信息请求
message-userinfo-text = 应用凭访问令牌，查询其权限范围允许的用户信息。
message-read-title = 调用接口：读取
message-read-text = 接口对你的会话一无所知。它只取一次服务器的公钥，之后自行判断每个令牌：签名、类型、颁发者、受众、有效期、权限范围。
message-write-title = 调用接口：写入
message-write-text = 同一个令牌，另一项权限。你一开始没有同意的事，令牌就做不了。
message-refresh-title = 刷新
message-refresh-text = 用刷新令牌换取新的访问令牌，以及它自己的继任者。旧的随即作废。
message-replay-title = 重放授权码
message-replay-text = 再次使用同一个授权码，校验值和密钥都正确：这已是窃贼所能拥有的最好条件。

verdict-callback-good = state 和 iss 与预期一致：这个响应属于本浏览器发起的请求，且来自本服务器。
verdict-callback-denied = 你拒绝了，或者服务器拒绝了。应用只知道这么多，必须自行妥善处理。
verdict-callback-foreign = state 或 iss 与应用发出的不符。这个响应属于别的请求；谨慎的客户端会丢弃它，本应用也已丢弃。
verdict-token-good = 应用现在持有令牌，也知道是谁登录了。
verdict-token-unverified = ID 令牌未通过检查。谨慎的客户端到此为止，本应用也是如此。
verdict-refused = 服务器拒绝了请求。错误代码是给程序读的。
verdict-read-good = 接口接受了令牌，无需询问服务器。
verdict-write-good = 接口接受了令牌和权限范围。
verdict-api-expired = 令牌已过期。接口从 exp 就能判断，无需询问任何人。刷新令牌后可再次调用。
verdict-api-scope = 403：令牌有效，但缺少所需的权限范围。请重新开始并申请更多权限。
verdict-api-refused = 401：接口不接受这个令牌。没有 api: 开头的权限范围时，令牌是颁发给其他受众的。
verdict-refresh-good = 得到同一家族的新令牌。旧的刷新令牌已作废；之后若再次出示，整个家族都会被吊销。
verdict-refresh-refused = 这些令牌所属的家族已被吊销，或会话已结束。只有重新登录才行。
verdict-replay-refused = invalid_grant：授权码只能用一次。既然有人用了两次，服务器便吊销了由它产生的全部令牌：现在试试刷新。访问令牌到期即失效，向服务器查询时则立即失效。
verdict-replay-accepted = 服务器两次接受了同一个授权码。这不应该发生。
verdict-unreachable = 服务器没有响应。

## 消息的各个部分

send-response_type = 申请授权码而不是令牌：令牌不该出现在地址栏里
send-client_id = 是哪个客户端在申请
send-redirect_uri = 把浏览器送回哪里；必须与登记的地址逐字节一致
send-scope = 应用希望获得的权限
send-state = 必须原样返回的随机值：证明请求由本浏览器发起
send-nonce = 必须出现在 ID 令牌中的随机值：把令牌与本次请求绑定
send-code_challenge = 只有应用知道的秘密的 SHA-256 值（PKCE）；窃取授权码的人没有它
send-code_challenge_method = challenge 的算法；这里只接受 S256
send-prompt = 即使已记住授权，也显示授权页面
send-grant_type = 这是哪一种交换
send-code = 回调中的授权码
send-code_verifier = code_challenge 背后的秘密；服务器计算散列后比对
send-refresh_token = 本次登录最新的刷新令牌
send-note = 便笺内容
send-Authorization-basic = 客户端 ID 和密钥的 base64 编码：应用证明自己的身份
send-Authorization-bearer = 访问令牌：谁持有谁就能用，所以只在这条连接上传输
callback-code = 60 秒内有效，只能用一次，且只对本客户端和本校验值有效
callback-state = 必须与发出的值相同
callback-iss = 是谁作答；必须是当初询问的颁发者（RFC 9207）
callback-error = 已注册的错误代码，给程序读
callback-error_description = 给开发者看的说明
reply-access_token = 给接口用；对应用来说是一封密封的信
reply-token_type = 持有者即可使用
reply-expires_in = 访问令牌剩余的秒数
reply-refresh_token = 无需重新登录即可换取新令牌；只留在应用手里
reply-id_token = 给应用用：谁、何时、如何登录
reply-scope = 最终同意的权限
reply-error = 已注册的错误代码，给程序读
reply-error_description = 给开发者看的说明
reply-WWW-Authenticate = 接口所期望的凭据
jose-alg = 签名算法
jose-kid = 用的是已公布公钥中的哪一把
jose-typ = 令牌的种类：ID 令牌绝不会被当作访问令牌
claim-iss = 由谁颁发
claim-sub = 说的是谁；永不改变，永不重复使用
claim-aud = 谁可以接受它
claim-exp = 到此时失效
claim-iat = 颁发时间
claim-auth_time = 用户登录的时间
claim-nonce = 授权请求中的那个值
claim-acr = 登录的强度
claim-amr = 登录的方式：pwd 即密码
claim-azp = 颁发给哪个客户端
claim-at_hash = 访问令牌散列值的前一半：把两者绑定在一起
claim-sid = 服务器上的会话
claim-jti = 令牌自己的编号
claim-client_id = 可以使用它的客户端
claim-scope = 允许做什么
claim-name = 姓名
claim-preferred_username = 常用的称呼
claim-email = 邮箱地址
claim-email_verified = 服务器是否已验证
claim-locale = 首选语言
claim-zoneinfo = 时区
claim-updated_at = 资料最后修改的时间

## 出错时

trouble-heading = 没有成功
trouble-no-flow = 这个浏览器没有进行中的登录。可能是等待超过了半小时，或者服务器重启过。
trouble-cross-site = 这个表单是由其他网站发来的。
trouble-server = 应用无法连接到它自己的服务器。
trouble-back = 回到演示应用首页

## lingpai try

try-server = 服务器
try-server-own = 为本次运行在内存中启动了一个
try-server-found = 找到一个正在运行的服务器
try-server-given = 使用指定的服务器
try-discovery = 发现
try-authorize = 授权
try-authorize-done = 授权码 + PKCE S256，客户端 { $client }，用户 { $user }
try-authorize-browser = 正在打开浏览器；如果没有反应，请打开以下地址：
try-token = 令牌
try-token-done = 访问令牌（JWT，{ $lifetime }）· ID 令牌 · 刷新令牌
try-verify = 校验
try-verify-done = 签名、iss、aud、exp、nonce、at_hash
try-resource = 资源
try-audience = 受众不符
try-expired = 已过期
try-scope = 缺少权限
try-refresh = 刷新
try-refresh-done = 得到新的访问令牌，刷新令牌已更换
try-replay = 重放
try-replay-done = 授权码再次使用 → { $first } · 随后使用其刷新令牌 → { $second }
try-minutes = { $count } 分钟
try-seconds = { $count } 秒
try-passed = 全部通过。想逐条查看背后的消息：{ $app }
try-passed-own = 全部通过。想逐条查看背后的消息：运行 lingpai dev，然后打开 { $app }
try-tab-good = 完成。可以关闭此标签页，回到终端。
try-tab-bad = 没有成功。终端里有详细信息；可以关闭此标签页。
try-failed = 有 { $count } 步失败。
