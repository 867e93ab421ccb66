using Xunit;

namespace Fed.Host.Tests.Configuration.Hocon;

/// <summary>The grammar of HOCON.md, section by section.</summary>
public sealed class HoconSyntaxTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("{ \"a\" : 1, \"b\" : [true, null, \"x\"] }", "{a:1,b:[true,null,\"x\"]}")] // JSON is HOCON
    [InlineData("a = 1 # one\nb = 2 // two", "{a:1,b:2}")]
    [InlineData("a = 1\n\n\nb : 2", "{a:1,b:2}")]
    [InlineData("a = 1, b = 2,", "{a:1,b:2}")]
    [InlineData("a { b { c = 1 } }", "{a:{b:{c:1}}}")]
    [InlineData("a.b.c = 1", "{a:{b:{c:1}}}")]
    [InlineData("a.\"b.c\".d = 1", "{a:{b.c:{d:1}}}")]
    [InlineData("a b = 1", "{a b:1}")]
    [InlineData("10.5 = 1", "{10:{5:1}}")]
    [InlineData("a =\n  1", "{a:1}")]
    [InlineData("a = [1\n2\n3]", "{a:[1,2,3]}")]
    [InlineData("a = [1, 2, ]", "{a:[1,2]}")]
    [InlineData("a = [ { b = 1 }, [ 2 ] ]", "{a:[{b:1},[2]]}")]
    [InlineData("include = 1", "{include:1}")]
    [InlineData("\"include\" \"x\" = 1", "{include x:1}")]
    public void Structure_is_read(string text, string expected) => Assert.Equal(expected, HoconText.Read(text));

    [Theory]
    [InlineData("a = plain text here", "{a:\"plain text here\"}")]
    [InlineData("a =   trimmed   ", "{a:\"trimmed\"}")]
    [InlineData("a = \"x\" \"y\"", "{a:\"x y\"}")]
    [InlineData("a = \"  kept  \"", "{a:\"  kept  \"}")]
    [InlineData("a = 60%", "{a:\"60%\"}")]
    [InlineData("a = 10 s", "{a:\"10 s\"}")]
    [InlineData("a = -1.5e+3", "{a:-1.5e+3}")]
    [InlineData("a = 1e5", "{a:1e5}")]
    [InlineData("a = true", "{a:true}")]
    [InlineData("a = true story", "{a:\"true story\"}")]
    [InlineData("a = \"true\"", "{a:\"true\"}")]
    [InlineData("a = truely", "{a:\"truely\"}")]
    [InlineData("a = null", "{a:null}")]
    [InlineData("a = 007", "{a:\"007\"}")] // no JSON number, so text
    [InlineData("a = x/y", "{a:\"x/y\"}")]
    [InlineData("a = x//y", "{a:\"x\"}")] // a comment
    [InlineData("a = \"\\u00e9\\n\\t\\\"\\\\\\/\"", "{a:\"é\\u000a\\u0009\\\"\\\\/\"}")]
    public void Scalars_are_read(string text, string expected) => Assert.Equal(expected, HoconText.Read(text));

    [Theory]
    [InlineData("a = \"\"\"one\ntwo\"\"\"", "{a:\"one\\u000atwo\"}")]
    [InlineData("a = \"\"\"no \\n escapes \"quoted\" \"\"\"", "{a:\"no \\\\n escapes \\\"quoted\\\" \"}")]
    [InlineData("a = \"\"\"ends in quotes\"\"\"\"\"", "{a:\"ends in quotes\\\"\\\"\"}")]
    [InlineData("a = \"\"\"\"\"\"", "{a:\"\"}")]
    public void Triple_quoted_strings_are_taken_as_they_stand(string text, string expected) => Assert.Equal(expected, HoconText.Read(text));

    [Theory]
    [InlineData("a = 1, a = 2", "{a:2}")]
    [InlineData("a { x = 1 }, a { y = 2 }", "{a:{x:1,y:2}}")]
    [InlineData("a { x = 1 }, a { x = 2 }", "{a:{x:2}}")]
    [InlineData("a.x = 1, a.y = 2", "{a:{x:1,y:2}}")]
    [InlineData("a { x = 1 }, a = 3, a { y = 2 }", "{a:{y:2}}")] // a value in between ends the merging
    [InlineData("a = [1], a = [2]", "{a:[2]}")]
    [InlineData("a { x = 1 }, a = null", "{a:null}")]
    [InlineData("a = { x = 1 } { y = 2 }", "{a:{x:1,y:2}}")]
    [InlineData("a = [1] [2, 3]", "{a:[1,2,3]}")]
    [InlineData("a = [ [1] [2] ]", "{a:[[1,2]]}")]
    [InlineData("a = [1\n] [2]", "{a:[1,2]}")]
    public void Duplicates_and_neighbours_merge(string text, string expected) => Assert.Equal(expected, HoconText.Read(text));

    [Theory]
    [InlineData("a += 1", "{a:[1]}")]
    [InlineData("a = [1], a += 2, a += 3", "{a:[1,2,3]}")]
    [InlineData("a = [1], a += [2]", "{a:[1,[2]]}")]
    [InlineData("x { a = [1] }, x { a += 2 }", "{x:{a:[1,2]}}")]
    [InlineData("x { a = [1] }, x.a += ${y}, y = 2", "{x:{a:[1,2]},y:2}")]
    [InlineData("l = [ { a = [1], a += 2 } ]", "{l:[{a:[1,2]}]}")]
    [InlineData("a = null, a += 1", "{a:[1]}")]
    public void Plus_equals_appends_one_item(string text, string expected) => Assert.Equal(expected, HoconText.Read(text));

    [Theory]
    [InlineData("a = ", "test.conf:1:5: expected a value for 'a', found the end of the file")]
    [InlineData("a = 1\nb = ,", "test.conf:2:5: expected a value for 'b', found ','")]
    [InlineData("a", "test.conf:1:2: expected '=' or '{' after the key 'a', found the end of the file")]
    [InlineData("a b c\n", "test.conf:1:6: expected '=' or '{' after the key 'a b c', found the end of the line")]
    [InlineData("a + 1", "test.conf:1:3: expected '=', '+=' or '{' after the key 'a', found '+'")]
    [InlineData("a.=1", "test.conf:1:3: expected a key, found '='")]
    [InlineData("a..b = 1", "test.conf:1:3: expected a key, found '.'")]
    [InlineData("a = 1,, b = 2", "test.conf:1:7: expected a key, found ','")]
    [InlineData("a = [1,, 2]", "test.conf:1:8: expected a list item, found ','")]
    [InlineData("a { b = 1", "test.conf:1:3: this '{' has no closing '}'")]
    [InlineData("{ a = 1", "test.conf:1:1: this '{' has no closing '}'")]
    [InlineData("a = [1, 2", "test.conf:1:5: this '[' has no closing ']'")]
    [InlineData("a = 1 }", "test.conf:1:7: expected a key, found '}'")]
    [InlineData("{ a = 1 } b = 2", "test.conf:1:11: expected the end of the file, found 'b'")]
    [InlineData("[1, 2]", "test.conf:1:1: expected an object such as job { ... }, found a list")]
    [InlineData("a = \"open\nb = 1", "test.conf:1:5: this string has no closing quote on its line; use \"\"\" for text of several lines")]
    [InlineData("a = \"\"\"open", "test.conf:1:5: this triple-quoted string has no closing \"\"\"")]
    [InlineData("a = \"\\x\"", "test.conf:1:6: expected one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hexadecimal digits")]
    [InlineData("a = \"\\u12g4\"", "test.conf:1:6: expected one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hexadecimal digits")]
    [InlineData("a = \"tab\there\"", "test.conf:1:9: expected \\u0009 in place of a control character within a string")]
    [InlineData("a = 3+", "test.conf:1:6: '+' has a meaning of its own in HOCON; put the text in quotes")]
    [InlineData("a = c:\\data", "test.conf:1:6: ':' has a meaning of its own in HOCON; put the text in quotes")]
    [InlineData("a = ${b", "test.conf:1:8: expected '}' at the end of a substitution, found the end of the file")]
    [InlineData("a = ${}", "test.conf:1:7: expected the path of a value within ${...}, found '}'")]
    [InlineData("a = \"x\" [1]", "test.conf:1:9: expected values of one kind beside each other, found a list after 'x'")]
    [InlineData("a = [1] { b = 2 }", "test.conf:1:9: expected values of one kind beside each other, found an object after a list")]
    [InlineData("a = 1, a += 2", "test.conf:1:13: expected += to extend a list, found '1' at test.conf:1:5")]
    [InlineData("include url(\"http://x\")", "test.conf:1:9: expected include \"file\", found include url(...): only files can be included")]
    public void Mistakes_name_file_line_column_and_what_was_expected(string text, string expected) => Assert.Equal(expected, HoconText.Error(text));

    [Fact]
    public void Values_remember_where_they_were_written()
    {
        var root = Host.Configuration.Hocon.Hocon.Parse("a {\n  b = 1\n}\na.c = [ 2,\n  3 ]", "test.conf");
        var a = (Host.Configuration.Hocon.HoconObject)root["a"]!;
        Assert.Equal("test.conf:2:7", a["b"]!.Origin.ToString());
        Assert.Equal("test.conf:5:3", ((Host.Configuration.Hocon.HoconArray)a["c"]!).Items[1].Origin.ToString());
    }
}
