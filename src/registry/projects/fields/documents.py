"""The checklist 资料清单 a bank asks for: the codes under which documents are listed and rules read them."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One document of the checklist: its code, what it is, and who provides it. Rules read it as `document_d01` …."""

    code: str
    zh: str
    en: str
    provider_zh: str
    provider_en: str
    is_mandatory: bool = False
    """Without it a package stays a draft."""


_ITEMS = (
    ChecklistItem(
        "D01",
        "贷款申请书、用款计划、还款计划",
        "Loan application with draw-down and repayment plan",
        "借款人",
        "Borrower",
    ),
    ChecklistItem(
        "D02",
        "项目建议书（立项）批复或核准、备案文件",
        "Project approval, authorisation or filing",
        "发展改革或行政审批部门",
        "Development and reform or approval authority",
    ),
    ChecklistItem(
        "D03",
        "可行性研究报告及批复",
        "Feasibility study and its approval",
        "项目单位、发展改革部门",
        "Project unit and development and reform authority",
    ),
    ChecklistItem(
        "D04",
        "环境影响评价批复或登记表",
        "Environmental impact approval or registration form",
        "生态环境部门",
        "Ecology and environment authority",
    ),
    ChecklistItem(
        "D05",
        "用地预审与选址意见书、建设用地规划许可证、土地证或合同",
        "Land pre-review and site opinion, land-use planning permit, land certificate or contract",
        "自然资源部门",
        "Natural resources authority",
    ),
    ChecklistItem(
        "D06",
        "建设工程规划许可证、建筑工程施工许可证",
        "Construction planning permit and building permit",
        "自然资源、住房城乡建设部门",
        "Natural resources and housing authorities",
    ),
    ChecklistItem(
        "D07",
        "节能审查、水土保持、社会稳定风险评估、安全评价文件",
        "Energy, soil and water conservation, social stability and safety papers",
        "各主管部门",
        "The competent authorities",
    ),
    ChecklistItem(
        "D08",
        "资本金到位或按期到位证明、其他银行贷款承诺",
        "Proof that capital is or will be paid in; other banks' commitments",
        "出资人、开户银行",
        "Investors and account bank",
    ),
    ChecklistItem(
        "D09",
        "营业执照、章程、近三年审计报告、完税凭证",
        "Business licence, articles, audits of three years, tax receipts",
        "借款人",
        "Borrower",
    ),
    ChecklistItem(
        "D10",
        "特许经营、PPP 或委托运营合同，价格文件，收入证明",
        "Franchise, PPP or operating contract, price papers, proof of income",
        "项目单位、价格主管部门",
        "Project unit and price authority",
    ),
    ChecklistItem(
        "D11", "保证人或抵质押文件", "Guarantor, mortgage or pledge papers", "担保人、借款人", "Guarantor and borrower"
    ),
    ChecklistItem("D12", "资金筹措方案", "Financing plan", "项目单位", "Project unit"),
    ChecklistItem(
        "D13",
        "绿色识别：目录条目、理由与环境效益",
        "Green identification: catalogue entry, reason and environmental benefit",
        "借款人、贷款银行",
        "Borrower and lending bank",
    ),
    ChecklistItem("D14", "入库证明", "Proof of library entry", "生态环境部门", "Ecology and environment authority"),
)
_MANDATORY = frozenset({"D01", "D02", "D03", "D04", "D08", "D09", "D12"})
CHECKLIST: dict[str, ChecklistItem] = {
    item.code: replace(item, is_mandatory=item.code in _MANDATORY) for item in _ITEMS
}
