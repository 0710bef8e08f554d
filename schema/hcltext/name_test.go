package hcltext_test

import (
	"strings"
	"testing"

	"countersign/schema/hcltext"
)

// Words of offices in which characters have several readings are read as people read them; ü is the v that they type.
func TestPinyin(t *testing.T) {
	for line := range strings.Lines(`
会计 kuai_ji
财会部 cai_kuai_bu
会议 hui_yi
银行 yin_hang
银行行长 yin_hang_hang_zhang
分行长 fen_hang_zhang
招商银行长期合同 zhao_shang_yin_hang_chang_qi_he_tong
行政 xing_zheng
执行长 zhi_xing_zhang
董事长 dong_shi_zhang
技术部长 ji_shu_bu_zhang
技术部长期合同 ji_shu_bu_chang_qi_he_tong
长期 chang_qi
增长 zeng_zhang
长沙 chang_sha
重新 chong_xin
重复 chong_fu
重要 zhong_yao
薪资调整 xin_zi_tiao_zheng
调动 diao_dong
调查 diao_cha
协调 xie_tiao
厦门 xia_men
大厦 da_sha
差旅 chai_lv
出差 chu_chai
差异 cha_yi
女士 nv_shi
绿色 lv_se
略 lve
策略 ce_lve
律师 lv_shi
效率 xiao_lv
率先 shuai_xian
旅行 lv_xing
履行 lv_xing
价格 jia_ge
广州 guang_zhou
适用 shi_yong
离职 li_zhi
厂区 chang_qu
万元 wan_yuan
技术 ji_shu
宁波 ning_bo
沈阳 shen_yang
租赁 zu_lin
归还 gui_huan
卡片 ka_pian
机械 ji_xie
武汉 wu_han
成都 cheng_du
重庆 chong_qing
模板 mu_ban
校对 jiao_dui
学校 xue_xiao
角色 jue_se
供给 gong_ji
了解 liao_jie
目的 mu_di
標的 biao_di
會計 kuai_ji
銀行 yin_hang
音乐 yin_yue
安乐 an_le
种类 zhong_lei
薄弱 bo_ruo
似乎 si_hu
缉私 ji_si
削减 xue_jian
便宜 pian_yi
便利 bian_li
弹性 tan_xing
西藏 xi_zang
收藏 shou_cang
秘书 mi_shu
项目的目的 xiang_mu_de_mu_di
委员会计划 wei_yuan_hui_ji_hua
理财会议 li_cai_hui_yi
室内调整 shi_nei_tiao_zheng
检查重点 jian_cha_zhong_dian
员工行为 yuan_gong_xing_wei
学校对外 xue_xiao_dui_wai
大厦门禁 da_sha_men_jin
提供给 ti_gong_gei
三重一大 san_zhong_yi_da
部分行政 bu_fen_xing_zheng
`) {
		word, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		if got := hcltext.Identifier("x", word); got != want {
			t.Errorf("%s is %s, not %s", word, got, want)
		}
	}
}

func TestIdentifier(t *testing.T) {
	for want, texts := range map[string][]string{
		"di_1_bu":                             {"第1步"},
		"x_1_shen_pi":                         {"①审批"},
		"x_2024_nian":                         {"2024年"},
		"he_tong_2024_nian":                   {"合同", "2024年"},
		"a_ban_hr_xuan_ze":                    {"A版HR选择"},
		"moskva":                              {"Москва"},
		"":                                    {"合同", "😀"},
		"he_tong":                             {"😀", "合同"},
		"lv1_x2":                              {"lv1 x2"},
		"chang" + strings.Repeat("_chang", 7): {strings.Repeat("长", 30)},
	} {
		if got := hcltext.Identifier("x", texts...); got != want {
			t.Errorf("%q is %q, not %q", texts, got, want)
		}
	}
}
