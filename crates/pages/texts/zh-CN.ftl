### 页面文字（简体中文）。英文见 en.ftl，键相同；两种语言均为人工撰写，互不为译文。
### 说明发生了什么、为什么、该怎么做。不指责，不用术语，不用感叹号。用语：账号、登录、退出登录、授权、拒绝、你。

## 所有页面
page-title = { $page } · { $brand }
skip-link = 跳到正文
home-link = { $brand }首页
language-label = 语言
theme-label = 外观
theme-auto = 跟随系统
theme-light = 浅色
theme-dark = 深色

## 登录
login-title = 登录
login-title-client = 登录以继续访问{ $client }
login-title-device = 登录以连接设备
login-title-again = 确认是你本人
login-title-problem = 未能登录：{ $page }
login-heading = 登录
login-heading-client = 登录以继续访问{ $client }
login-heading-device = 登录以连接设备
login-heading-again = 确认是你本人
login-lede = 使用你的{ $brand }账号。
login-lede-client = 登录后将前往 { $host }。
login-lede-native = 登录后将返回本设备上的应用。
login-lede-again = { $client }要求你重新登录后再继续。
login-lede-device = 登录后会显示由哪个应用申请、申请什么，再由你决定。
login-username = 用户名、邮箱或手机号
login-password = 密码
login-submit = 登录
login-error-mismatch = 用户名或密码不正确。请检查后重试。
login-error-locked = 该账号已锁定。请联系{ $brand }的管理员解锁。
login-error-busy = 尝试次数过多，请在 { $seconds } 秒后重试。
login-error-username = 请输入用户名、邮箱或手机号。
login-error-password = 请输入密码。
login-current = 当前已登录{ $account }，使用其他账号登录会替换它。
login-continue = 以{ $account }的身份继续
dev-heading = 开发服务器
dev-lede = 可用以下账号登录：

## 授权
consent-title = 授权{ $client }？
consent-heading = 授权{ $client }？
consent-lede = { $client }（{ $host }）希望：
consent-lede-native = { $client }（本设备上的应用）希望：
consent-lede-nothing = { $client }（{ $host }）没有申请新的权限。
consent-known = 此前已授权 { $count } 项
consent-account = 当前账号
consent-switch = 不是{ $account }？切换账号
consent-loopback = 该应用运行在电脑上而不是网站上，我们无法核实其开发者。仅当由你本人刚刚启动时才继续。
consent-native = 该应用安装在设备上，我们无法核实其开发者。仅当由你本人刚刚启动时才继续。
consent-allow = 同意并继续
consent-deny = 拒绝
consent-after = 无论如何选择，都会返回 { $host }。如果拒绝，它不会获得任何新的信息。
consent-after-native = 无论如何选择，都会返回该应用。如果拒绝，它不会获得任何新的信息。
scope-openid = 在你再次访问时识别你的账号
scope-profile = 读取你的昵称、头像等个人资料
scope-email = 读取你的邮箱地址
scope-phone = 读取你的手机号
scope-address = 读取你的通讯地址
scope-offline_access = 在你离开期间保持访问，退出登录后依然有效
scope-other = 使用权限“{ $scope }”
consent-api = 向{ $api }表明你的身份
claim-name = 读取你的姓名
claim-given_name = 读取你的名字
claim-family_name = 读取你的姓氏
claim-middle_name = 读取你的中间名
claim-nickname = 读取你的昵称
claim-preferred_username = 读取你的用户名
claim-profile = 读取你的个人主页地址
claim-picture = 查看你的头像
claim-website = 读取你的网站地址
claim-gender = 读取你的性别
claim-birthdate = 读取你的出生日期
claim-zoneinfo = 读取你所在的时区
claim-locale = 读取你使用的语言
claim-updated_at = 查看你的资料最近更新的时间
claim-email_verified = 查看你的邮箱是否已验证
claim-phone_number_verified = 查看你的手机号是否已验证

## 连接设备
device-title = 连接设备
device-title-problem = 未能连接：请重新输入代码
device-heading = 连接设备
device-lede = 请输入设备上显示的代码。
device-code = 代码
device-code-hint = 八个字母，例如 WDJB-MJHT，不区分大小写，连字符可省略。
device-continue = 继续
device-error-empty = 请输入设备上显示的代码。
device-error-malformed = 代码由八个字母组成，不含元音字母。请检查后重试。
device-error-unknown = 没有找到该代码，或已被使用。请检查后重试，或在设备上重新获取。
device-error-expired = 该代码已过期。请在设备上重新获取。
device-ask-title = 授权设备上的{ $client }？
device-ask-heading = 授权设备上的{ $client }？
device-compare = 设备上显示的代码必须与此完全一致：
device-warning = 仅当这是你本人刚刚发起的操作时才继续。客服人员不会要求你这样做。
device-asked = 申请时间
device-when = { $minutes ->
    [0] 不到 1 分钟前
   *[other] { $minutes } 分钟前
}（{ $time } UTC）
device-from = 来自
device-nearby = 你当前所在的网络
device-asks = { $client }希望：
device-allowed-title = 设备已连接
device-allowed-heading = 请回到你的设备
device-allowed-lede = 几秒钟后设备会自动继续。你可以关闭此页面。
device-denied-title = 已拒绝设备
device-denied-heading = 已拒绝该设备
device-denied-lede = 该设备不会获得你账号的任何信息。你可以关闭此页面。
device-another = 输入另一个代码

## 退出登录
logout-title = 退出登录
logout-heading = 要退出{ $brand }吗？
logout-lede = 这会结束你在此浏览器中的登录状态，相关应用会要求你重新登录。
logout-lede-client = { $client }请求让你退出登录。这会结束你在此浏览器中的登录状态，相关应用会要求你重新登录。
logout-confirm = 退出登录
logout-stay = 保持登录
signed-out-title = 已退出登录
signed-out-heading = 你已退出登录
signed-out-lede = 此浏览器中没有已登录{ $brand }的账号。
signed-out-back = 返回{ $client }
signed-out-again = 重新登录

## 首页
home-title = 你的账号
home-heading = 你好，{ $name }
home-lede = 你已在此浏览器中登录{ $brand }，使用它的应用无需再次输入密码。
home-username = 用户名
home-email = 邮箱
home-phone = 手机号
home-sign-out = 退出登录
welcome-title = 欢迎
welcome-heading = 一个账号，通行所有应用
welcome-lede = 只需登录一次。任何应用在获取你的信息之前，都会先征得你的同意。
welcome-sign-in = 登录
welcome-try = 打开演示应用

## 出错时
fault-reference = 编号
fault-details = 开发者信息
fault-code = 错误
fault-description = 说明
fault-parameter = 参数
fault-on-server = 在服务器上运行
fault-status = 状态码
fault-start-again = 重新开始
fault-try-again = 重试
fault-home = 返回首页
fault-wait = 请在 { $seconds } 秒后重试。
fault-bad-request-title = 无法识别的请求
fault-bad-request-heading = 无法读取该请求
fault-bad-request-body = 地址或表单在传输中损坏。请返回来源页面重新开始。
fault-expired-title = 页面已过期
fault-expired-heading = 页面已过期
fault-expired-body = 请重新开始，不会丢失任何内容。
fault-expired-away = 请返回原来的应用重新开始，不会丢失任何内容。
fault-expired-seen-often = 如果每次都看到此页，请允许本站使用 Cookie。
fault-faulty-app-title = 请求未被接受
fault-faulty-app-heading = 该应用发来的请求无法处理
fault-faulty-app-body = 你的账号没有问题。请将下方编号告知应用开发者。
fault-forbidden-title = 没有权限
fault-forbidden-heading = 你无法进行此操作
fault-forbidden-body = 你的账号没有访问此页面的权限。如有疑问，请将下方编号告知{ $brand }的管理员。
fault-foreign-host-title = 地址有误
fault-foreign-host-heading = 访问的地址不属于本站
fault-foreign-host-body = 本服务器只以自己的域名提供服务。请检查地址后重试。
fault-internal-title = 服务出错
fault-internal-heading = 我们这边出了问题
fault-internal-body = 你的账号没有问题。请重试；如果再次出现，请将下方编号告知{ $brand }的管理员。
fault-method-not-allowed-title = 无法这样访问
fault-method-not-allowed-heading = 此页面不支持这种访问方式
fault-method-not-allowed-body = 应用或链接使用了错误的请求方式。请返回后重新开始。
fault-not-found-title = 页面不存在
fault-not-found-heading = 此地址没有页面
fault-not-found-body = 链接可能已失效，或地址输入有误。
fault-too-large-title = 内容过大
fault-too-large-heading = 请求内容超出限制
fault-too-large-body = 请返回，缩短内容后重试。
fault-too-many-title = 请求过于频繁
fault-too-many-heading = 来自此处的请求过多
fault-too-many-body = 短时间内收到了大量请求，不一定由你发出。
fault-unavailable-title = 暂时无法访问
fault-unavailable-heading = 服务暂时不可用
fault-unavailable-body = 你的账号没有问题，也没有丢失任何内容。
fault-unsupported-media-type-title = 无法识别的请求
fault-unsupported-media-type-heading = 无法读取该表单
fault-unsupported-media-type-body = 表单的提交方式不受支持。请返回后重新开始。
