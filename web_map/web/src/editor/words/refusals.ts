import { language } from '../../i18n/translator';

/** What the server answers in English, as a Chinese reader is told; $1 … are what the sentence names. */
const REFUSALS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^the line does not cut the unit in two/, '这条线没有把网格分开：起点和终点都要在网格之外或边界上'],
  [/^the line crosses itself$/, '线与自身相交'],
  [/^the line must begin and end at the two ends of the border$/, '新走向的起点和终点必须是这段边界的两端'],
  [/^the line must begin and end on the border of '(.+)', or beyond it$/, '线的起点和终点要在“$1”的边界上或边界之外'],
  [/^the line needs two different vertices/, '线至少需要两个不同的点'],
  [/^this border is closed/, '这段边界是闭合的：线要回到起点'],
  [/^the borders would no longer enclose areas$/, '这样边界就围不成网格了'],
  [/^borders meet in this vertex/, '多条边界在这个点相交：可以移动，不能删除'],
  [/^the border needs this vertex/, '边界需要这个点：去掉后就围不成范围'],
  [/^another vertex of a border lies there already$/, '那里已经有一个边界点'],
  [/^the border has a vertex there already$/, '那里已经有一个边界点'],
  [/^(?:there is no border|no border has a vertex) within a metre/, '一米之内没有边界，请点得近一些'],
  [/^what the line cuts off has no neighbour/, '被切下的部分没有可以接收的邻居'],
  [/^the area lies outside the coverage$/, '所画范围在全部网格之外'],
  [/^the area does not lie in '(.+)'$/, '所画范围不在“$1”之内'],
  [/^the area is not a proper one/, '所画范围与自身相交'],
  [/^nothing would be left of '(.+)': merge/, '“$1”会一点不剩，请改用“合并”'],
  [/^nothing would be left of '(.+)'$/, '“$1”会一点不剩'],
  [/^'(.+)' would be left without any area/, '“$1”下面将没有任何网格，请先合并或注销它'],
  [/^is needed: the units lie in different units above/, '这些网格属于不同上级，请选择保留哪一个'],
  [/^is needed: the area is not taken from units of one/, '所画范围跨多个上级，请选择新网格的上级'],
  [/^is missing: a new unit needs a name$/, '请填写新网格的名称'],
  [/^name two different units at least$/, '请至少选两个网格'],
  [/^the units must all be of one level$/, '所选网格必须同级'],
  [/^the units lie in it already$/, '已经在这个上级之下'],
  [/^'(.+)' is not of the level/, '“$1”不是上一级单元'],
  [/^'(.+)' is made of units below it/, '“$1”由下级组成，边界请在最细一级上画'],
  [/^'(.+)' has this code$/, '编码已属于“$1”'],
  [/^code '(.+)' is not one of your area$/, '编码“$1”不在您的辖区'],
  [/^this changes nothing$/, '没有任何变化'],
  [/^changes nothing$/, '还没有任何改动'],
  [/^there is no worker (\d+)$/, '没有编号为 $1 的人员'],
  [/^there is no unit /, '此调整单里没有这个网格'],
  [/^unit '(.+)' would leave your area/, '“$1”将离开您的辖区，需由区级管理员处理'],
  [/^this would move the border of your area/, '这会移动您辖区的外边界，需由区级管理员处理'],
  [/is changed by a district administrator$/, '这需由区级管理员修改'],
  [/^nobody approves a plan that they drafted/, '不能批准自己起草或修改过的调整单'],
  [/^only district administrators /, '只有区级管理员可以这样做'],
  [/^only its drafter and district administrators /, '只有起草人和区级管理员可以这样做'],
  [/is changed by its drafter, or by a district administrator$/, '只有起草人和区级管理员可以修改'],
  [/^plans are drafted by administrators/, '只有街道和区级管理员可以起草调整单'],
  [/has no step to undo$/, '没有可以撤销的步骤'],
  [/has no step to redo$/, '没有可以重做的步骤'],
  [/is being published$/, '正在发布，请稍候'],
  [/^plan \S+ is (\w+): /, '调整单的状态已变，请刷新后再试'],
  [/waive it with a reason, or put it right$/, '还有提醒没有处理：请处理，或在“问题”一栏写明理由忽略'],
  [/put it right$/, '还有必须处理的问题，请看“问题”一栏'],
];

/** Says why the server refused, in the language of the page as far as the sentence is known. */
export function refusalText(english: string): string {
  if (language.current === 'en') return english;
  for (const [pattern, words] of REFUSALS) {
    const found = pattern.exec(english);
    if (found) return words.replace(/\$(\d)/g, (_, n: string) => found[Number(n)] ?? '');
  }
  return english;
}
