package hcltext

import (
	"cmp"
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-unidecode"
)

// latin is a text in Latin letters, words apart: Chinese as it is read, a syllable a word, ü as the v that people type.
func latin(text string) string {
	var b strings.Builder
	runes := []rune(text)
	p := pinyin()
	for i := 0; i < len(runes); {
		if !unicode.Is(unicode.Han, runes[i]) {
			b.WriteString(unidecode.Unidecode(string(runes[i])))
			i++
			continue
		}
		n, syllables := p.at(runes[i:])
		b.WriteString(" " + syllables + " ")
		i += n
	}
	return b.String()
}

// readings are how characters and words of them are read.
type readings struct {
	characters map[rune]string   // where go-unidecode has a reading that offices do not use
	words      map[string]string // in which a character is read otherwise than by itself
	longest    int               // of words, in characters
	firm       map[string]bool   // words whose first character must not be taken by a word before them
}

// at reads the first word of a text, or its first character: how many characters that is, and how they are read.
func (p readings) at(text []rune) (int, string) {
	for n := min(p.longest, len(text)); n > 1; n-- {
		word, known := p.words[string(text[:n])]
		if known && !(n < len(text) && p.firm[string(text[n-1:n+1])]) {
			return n, word
		}
	}
	return 1, p.syllable(text[0])
}

func (p readings) syllable(r rune) string {
	return cmp.Or(p.characters[r], strings.TrimSpace(unidecode.Unidecode(string(r))))
}

// pinyin is made on first use, because most runs do not need it.
var pinyin = sync.OnceValue(func() readings {
	p := readings{characters: map[rune]string{}, words: map[string]string{}, firm: map[string]bool{}}
	for _, group := range strings.Fields(characterReadings) {
		syllable, characters := split(group)
		for _, r := range characters {
			p.characters[r] = syllable
		}
	}
	for line := range strings.Lines(wordReadings) {
		head, words, _ := strings.Cut(strings.TrimSpace(line), ": ")
		as := map[rune]string{}
		firm := strings.HasPrefix(head, "!")
		for _, one := range strings.Split(strings.TrimPrefix(head, "!"), ",") {
			syllable, characters := split(one)
			for _, r := range characters {
				as[r] = syllable
			}
		}
		for _, word := range strings.Fields(words) {
			var spelled []string
			for _, r := range word {
				spelled = append(spelled, cmp.Or(as[r], p.syllable(r)))
			}
			p.words[word] = strings.Join(spelled, " ")
			p.longest = max(p.longest, len(spelled))
			p.firm[word] = firm
		}
	}
	return p
})

// split parts "hang行" into the syllable and the characters that are read so.
func split(s string) (syllable, characters string) {
	i := strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
	return s[:max(i, 0)], s[max(i, 0):]
}

// wordReadings are words in which characters are read as the line says. In most, a character is read differently than
// alone; some stand here so that no other word begins inside them (项目的 is not 目的). Those with ! are not torn apart by
// a word that ends in their first character (技术部长期合同 is not 部长).
const wordReadings = `
hang行: 银行 银行业 分行 支行 总行 央行 行业 行情 行家 行号 行规 投行 洋行 銀行 銀行業 行業
hang行,zhang长: 行长 分行长 支行长 总行长 银行长 副行长
xing行: 执行 发行 运行 进行 履行 实行 举行 推行 流行 试行 通行 出行 先行 飞行 施行 另行 自行 例行 现行 平行 可行 强行 暂行
xing行: 绕行
xing行,zhang长: 执行长
zhang长: 董事长 理事长 监事长 秘书长 执行董事长 检察长 审计长 护士长 列车长 部长 处长 科长 局长 厅长 校长 院长 所长 班长
zhang长: 组长 队长 会长 社长 市长 省长 县长 区长 镇长 乡长 村长 州长 庭长 店长 厂长 船长 机长 站长 馆长 台长 团长 连长 排长
zhang长: 营长 师长 军长 司长 室长 课长 股长 首长 总长 家长 学长 族长 酋长 楼长 段长 长官 长辈 长者 长老 长子 长女 增长 成长
zhang长: 生长 助长 滋长 年长
!chang长: 长期 长远 长度 长途 长假 长江 长城 长沙 长春 长安 长治 长征 长三角 长短 长效 长款 长租 长宽 长处
chong重: 重新 重复 重组 重启 重置 重审 重做 重建 重签 重设 重申 重修 重印 重构 重装 重发 重报 重填 重整 重订 重编 重拍 重庆
chong重: 重叠 重逢 重演 重名 重写 重算 重提 重试 重传 重开 重录 重排 重选 重用 重测 重打 重返 重现 重译 重制 重命名 双重
chong重: 多重 查重 去重 重複 重組 重啟 重審 重簽 雙重 重慶 重疊
diao调: 调动 调查 调研 调拨 调任 调离 调度 调配 调岗 调出 调入 调阅 调取 调用 调遣 调职 调令 调档 调转 调派 调换 调库 调货
diao调: 调卷 借调 抽调 选调 外调 内调 商调 函调 论调 基调 强调 声调
chai差: 差旅 出差 差遣 差事 邮差 信差 差役 郵差
ci差: 参差
xia厦: 厦门
kuai会: 会计 会计师 财会
zang藏: 西藏 藏族 宝藏
yue乐: 音乐 乐器 乐谱 乐团 乐队 声乐 乐清
shuai率: 率领 表率 率先 草率 统率 率队 轻率
zhuan传: 传记 自传
tan弹: 弹性 弹簧 弹力 反弹
ji给: 供给 给予 补给 配给 给付 给养 给水 自给
jiao校: 校对 校验 校准 校正 校核 审校 校稿 校样 校审 校订 校改 校阅 校勘
mu模: 模板 模样 模具
jue角: 角色 主角 配角
xiang降: 投降
xing省: 反省
shui说: 游说
chen称: 称职 匀称 相称
hai还: 还有 还是 还要
dou都: 全都
pian便: 便宜
zhuo着: 着手 着重 着力 着装 着想 沉着
zhao着: 着急 着火
liao了: 了解 了结 终了
di的: 目的 标的 的确 標的
bo柏: 柏林
shen参: 人参 海参 党参
shan单: 单县
ta拓: 拓片 拓本
bi秘: 秘鲁
lu六: 六安
yu尉: 尉犁
pan番: 番禺
xun浚: 浚县
hang行,zhang長: 行長
zhang長: 董事長 部長 處長 科長 局長 校長 院長 組長 會長 增長 成長
!chang長: 長期 長遠 長度
diao調: 調動 調查 調研 調撥 調離 調度 調閱 借調
kuai會: 會計 會計師 財會
xia廈: 廈門
fen分: 部分 充分 处分 区分 划分 积分 评分
zong总: 汇总
gong供: 提供
mu目: 项目 科目 题目 栏目 条目 账目
biao标: 投标 招标 目标 指标 评标 开标 中标 商标
xiao校: 学校 高校 院校 党校 在校 离校 全校 我校
lv率: 效率 税率 利率 汇率 费率 比率
le乐: 娱乐 快乐
huan还: 归还 偿还 返还 退还 交还
sha厦: 大厦 商厦
sha廈: 大廈
zhong重: 三重一大
!ji计: 计划 计算 计提 计价 计量
!hui会: 会议 会签 会员 会务 会展 会费
!tiao调: 调整 调解 调试 调节 调休 调价 调薪 调账
!zhong重: 重要 重点 重大 重量 重型
`

// characterReadings are characters for which go-unidecode has a reading that is rare, old or without the ü.
const characterReadings = `
ai癌嗌砹閡 an胺 ang肮 ba耙鲅 bai柏擘 bang蒡 bao龅 bei陂呗碚 ben贲 beng甏 bi萆庳濞舭痺
biao膘骠杓灬驃 bie瘪癟 bin玢 bo钹鈸 bu簿瓿醭誧 can蚕掺孱摻 ceng噌 cha茬差猹 chai齜
chan颤觇禅镡顫 chang厂惝 chao朝焯勦 chen抻嗔縝 cheng柽 chi鸱 chong艟 chu触绌樗絀
chuai搋啜嘬膪 chuan舡 chun蝽 chuo踔 ci赐茈呲鹚賜 cu酢 da嗒沓躂 dai呆骀 dan赕 dao叨焘燾
di隄 diao铫 die揲嗲 ding盯铤耵 dong侗恫峒硐湩 du芏 duan耑 dun炖 duo哆 e锇 ei诶 fa醱
fei啡 fu砩芣 ga噶伽呷旮钆 gan酐 gang釭 gao镐 ge鬲仡纥硌袼 gen哏 gou佝 gu汩轱鹄 guai掴摑
guan莞鳏鰥 guang广 gui硅柜桧鳜檜鱖 guo呙 ha铪 hai胲 han汉撖阚 hang绗珩 hao貉蚝
he阖颌郃 hei嘿 heng桁 hong黉黌 hou骺 hu惚鹱 huai坏 huan郇圜浣鲩 huang韹 hui哕浍珲
hun梡 huo耠 ji缉偈诘荠緝薺 jia价 jian茧 jiang耩彊 jiao胶酵艽湫 jie洁骱 jin劲廑勁
jing惊粳 ju桔砠 juan隽雋 jue嚼 ka喀卡 kan槛檻 ke钶锞颏 keng吭 kou眍 kua挎 kuai狯
kui亏匮隗悝蝰 kuo括 la蜡旯砬 lan罱褴 lao姥酪烙 le了 li离鎘 liang踉 liao撂钌 lie猎埒
lin赁拎啉膦賃 liu鹨 lou偻瘘 lu氇 luo泺漯脶
lv驴吕铝侣旅履屡缕虑氯律率滤绿捋闾榈膂稆褛呂侶屢綠慮鋁閭縷褸濾櫚驢 lve掠略锊 mai脈 man鞔
mao铆冒瞀鉚犛 me么麼 mi芈羋 mian渑澠 en嗯 na呐娜吶 nao孬蛲蟯 ne呢疒 nen恁 ni妳 nian蔫
ning宁苧寧 nuo喏锘 nv女恧钕衄 nve虐疟瘧 o哦喔噢 pan爿蹒蹣 pao刨 pei锫 pi邳芘睥蚍 pie苤
ping蘋 pu扑莆埔朴攵 qi沏俟槭蹊祇 qia葜髂 qian乾凵 qiang襁羟 qiao缲 qie郄 qin溱锓
qing苘箐黥 qu蠼 quan犭 rao桡橈 ren葚 ru蠕 sa挲 sha刹剎 shai酾 shan剡埏膻柵 shang裳垧绱
shao芍苕 she歙畲 shen沈什莘 shi匙适螫 shou扌 shu熟术毹腧朮 shui氵 si锶 song忪 sou艘
sun隼 suo睃羧 ta铊趿牠 tan钽 tang饧 ti裼 tian鈿 tiao调調鯈 ting烃 tui蜕褪蛻 tuo乇
wai崴 wan万脘 weng蕹 wo挝蜗倭硪蝸撾擭 wu呒鹜 xi铣郗粞 xian莶 xiao淆崤詨 xie蝎携械頡攜
xin忄 xing荥 xu蓿 xuan癣痃癬 xue薛血谑踅 xun窨潠 ya垭吖琊睚 yan芫湮腌縯 yao繇
ye掖叶曳腋暍葉 yi嶷眙 yin吲 you莜尢 yu籲 yuan垸 za咋拶紮臢 zai甾 zei鯽 zeng锃 zha柞痄
zhan粘 zhao爪啁棹 zhe蛰辙锗着轍 zhen帧浈甽 zheng鯖 zhi栉泜衹櫛 zhong种 zhou诌骤驟
zhu苎 zi趑觜 zou楱
`
