using Xunit;

namespace Fed.Host.Tests.Configuration.Hocon;

/// <summary>Substitutions by the rules and examples of HOCON.md.</summary>
public sealed class HoconSubstitutionTests
{
    [Theory]
    [InlineData("a = 1, b = ${a}", "{a:1,b:1}")]
    [InlineData("b = ${a}, a = 1", "{b:1,a:1}")] // looks forward too
    [InlineData("a = 1, b = ${a}, a = 2", "{a:2,b:2}")] // the last definition counts
    [InlineData("a.b = 1, c = ${a.b}", "{a:{b:1},c:1}")]
    [InlineData("a.\"b.c\" = 1, d = ${a.\"b.c\"}", "{a:{b.c:1},d:1}")]
    [InlineData("a = { x = 1 }, b = ${a}", "{a:{x:1},b:{x:1}}")]
    [InlineData("a = x, b = ${a}y ${a} z", "{a:\"x\",b:\"xy x z\"}")]
    [InlineData("a = [1], b = ${a} [2]", "{a:[1],b:[1,2]}")]
    [InlineData("a = [1], b = [0] ${a} [2]", "{a:[1],b:[0,1,2]}")]
    [InlineData("base { x = 1, y = 2 }, b = ${base} { y = 3 }", "{base:{x:1,y:2},b:{x:1,y:3}}")]
    [InlineData("base { x = 1, y = 2 }, b = ${base}, b { y = 3 }", "{base:{x:1,y:2},b:{x:1,y:3}}")]
    [InlineData("b = [${a}, 2], a = 1", "{b:[1,2],a:1}")]
    [InlineData("a = true, b = ${a}", "{a:true,b:true}")] // the kind stays
    [InlineData("a = \"${b}\", b = 1", "{a:\"${b}\",b:1}")] // not within quotes
    public void Required_substitutions_take_the_value(string text, string expected) => Assert.Equal(expected, HoconText.Read(text));

    [Theory]
    [InlineData("a = ${?x}", "{}")] // the field is not created
    [InlineData("a = 1, a = ${?x}", "{a:1}")] // and the earlier value stays
    [InlineData("a = ${?x}y", "{a:\"y\"}")]
    [InlineData("a = ${?x}${?y}", "{}")]
    [InlineData("a = [1] ${?x}", "{a:[1]}")]
    [InlineData("a = { b = 1 } ${?x}", "{a:{b:1}}")]
    [InlineData("a = [${?x}, 2]", "{a:[2]}")]
    [InlineData("x = null, a = ${?x}", "{x:null,a:null}")]
    public void Optional_substitutions_vanish_when_undefined(string text, string expected) => Assert.Equal(expected, HoconText.Read(text));

    [Theory]
    [InlineData("path = \"a:b\", path = ${path}\":c\"", "{path:\"a:b:c\"}")]
    [InlineData("path = [/usr/bin], path = ${path} [/bin]", "{path:[\"/usr/bin\",\"/bin\"]}")]
    [InlineData("path = ${?path} [/bin]", "{path:[\"/bin\"]}")]
    [InlineData("a = ${?a}foo", "{a:\"foo\"}")]
    [InlineData("a { x = 1 }, a = ${a} { y = 2 }", "{a:{x:1,y:2}}")]
    [InlineData("a = 1, a = ${a}2, a = ${a}3", "{a:\"123\"}")]
    [InlineData("foo : { a : { c : 1 } }, foo : ${foo.a}, foo : { a : 2 }", "{foo:{a:2,c:1}}")]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }", "{bar:{foo:42,baz:42}}")]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }, bar : { foo : 43 }", "{bar:{foo:43,baz:43}}")]
    [InlineData("bar : { a : ${foo.d}, b : 1 }, bar.b = 3, foo : { c : ${bar.b}, d : 2 }, foo.d = 4", "{bar:{a:4,b:3},foo:{c:3,d:4}}")]
    [InlineData("a = 1, l = [${a}], l = ${l} [2], a = 3", "{a:3,l:[3,2]}")]
    [InlineData("x.a = [1], x.a = ${x.a} [2]", "{x:{a:[1,2]}}")]
    public void Self_references_look_back(string text, string expected) => Assert.Equal(expected, HoconText.Read(text));

    [Fact]
    public void A_substitution_that_is_hidden_by_a_later_value_is_never_looked_up()
    {
        Assert.Equal("{a:1}", HoconText.Read("a = ${missing}, a = 1"));
        Assert.Equal("{a:[1]}", HoconText.Read("a = ${missing}, a = [1]"));
    }

    [Fact]
    public void The_environment_stands_in_for_what_is_not_defined()
    {
        Assert.Equal("{a:\"/home/x\"}", HoconText.Read("a = ${HOME}", ("HOME", "/home/x")));
        Assert.Equal("{a:\"7\"}", HoconText.Read("a = 1, a = ${?SEED}", ("SEED", "7")));
        Assert.Equal("{a:1}", HoconText.Read("a = 1, a = ${?SEED}"));
        Assert.Equal("{SEED:1,a:1}", HoconText.Read("SEED = 1, a = ${SEED}", ("SEED", "7"))); // the configuration goes first
        Assert.Equal("{SEED:null,a:null}", HoconText.Read("SEED = null, a = ${SEED}", ("SEED", "7"))); // even with null
    }

    [Theory]
    [InlineData("a = ${b}", "test.conf:1:5: expected a value for ${b}, found none; define b, set it in the environment, or write ${?b}")]
    [InlineData("\na = x ${b.c}", "test.conf:2:7: expected a value for ${b.c}, found none; define b.c, set it in the environment, or write ${?b.c}")]
    [InlineData("a = ${a}", "test.conf:1:5: expected a value for ${a}, found none; define a, set it in the environment, or write ${?a}")]
    [InlineData("a { b = ${a} }", "test.conf:1:9: this value refers to itself, directly or through other values")]
    [InlineData("a = [1], b = { c = 1 }, d = ${a}${b}", "test.conf:1:33: expected values of one kind beside each other, found an object after a list")]
    public void What_cannot_be_resolved_is_refused_at_its_place(string text, string expected) => Assert.StartsWith(expected, HoconText.Error(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("a = ${b}, b = ${a}")]
    [InlineData("a = ${b}, b = ${c}, c = ${a}")]
    [InlineData("a = [${b}], b = [${a}]")]
    [InlineData("a { x = ${b} }, b { y = ${a} }")]
    public void Cycles_are_refused(string text) => Assert.StartsWith("test.conf:1:", HoconText.Error(text), StringComparison.Ordinal);

    [Theory]
    [InlineData(40)]
    [InlineData(5_000)]
    public void Long_chains_of_substitutions_are_refused(int length)
    {
        string text = string.Join('\n', Enumerable.Range(0, length).Select(static i => $"k{i} = ${{k{i + 1}}}")) + $"\nk{length} = 1";
        Assert.Contains("substitutions that need each other", HoconText.Error(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"xxxxxxxxxx\"", "${k{0}}${k{0}}")]
    [InlineData("[1, 2, 3]", "${k{0}} ${k{0}}")]
    [InlineData("{ x = 1 }", "{ l = ${k{0}}, r = ${k{0}} }")]
    public void Values_that_double_again_and_again_are_refused(string seed, string doubled)
    {
        string text = $"k0 = {seed}\n" + string.Join('\n', Enumerable.Range(1, 30).Select(i => $"k{i} = {doubled.Replace("{0}", $"{i - 1}", StringComparison.Ordinal)}"));
        Assert.Contains("multiply beyond every bound", HoconText.Error(text), StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_beyond_the_limit_is_refused()
    {
        Assert.Contains("at most 32 levels", HoconText.Error("a = " + new string('[', 100_000)), StringComparison.Ordinal);
        Assert.Contains("at most 32 levels", HoconText.Error(string.Concat(Enumerable.Repeat("a {", 100_000))), StringComparison.Ordinal);
        Assert.Contains("at most 32 levels", HoconText.Error(string.Join('.', Enumerable.Repeat("a", 33)) + " = 1"), StringComparison.Ordinal);
    }
}
