using Fed.Host.Configuration.Hocon;
using Xunit;

namespace Fed.Host.Tests.Configuration.Hocon;

public sealed class HoconIncludeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_included_file_is_read_in_its_place()
    {
        _folder.Write("b.conf", "x = 2, y = 2, z = 2");
        Assert.Equal("{x:2,y:3,z:2}", Read("x = 1, y = 1\ninclude \"b.conf\"\ny = 3"));
    }

    [Fact]
    public void All_forms_that_name_a_file_are_understood()
    {
        _folder.Write("b.conf", "x = 2");
        Assert.Equal("{x:2}", Read("include file(\"b.conf\")"));
        Assert.Equal("{x:2}", Read("include required( \"b.conf\" )"));
        Assert.Equal("{x:2}", Read("include required(file(\"b.conf\"))"));
    }

    [Fact]
    public void Names_are_relative_to_the_including_file()
    {
        _folder.Write("sub/b.conf", "include \"deep/c.conf\"");
        _folder.Write("sub/deep/c.conf", "x = 3");
        Assert.Equal("{x:3}", Read("include \"sub/b.conf\""));
    }

    [Fact]
    public void Below_a_key_substitutions_look_beside_themselves_first()
    {
        _folder.Write("b.conf", "x = 10, y = ${x}, z = ${w}");
        Assert.Equal("{x:1,w:5,a:{x:42,y:42,z:5}}", Read("x = 1, w = 5, a { include \"b.conf\" }\na { x = 42 }"));
    }

    [Fact]
    public void Self_references_work_below_a_key()
    {
        _folder.Write("b.conf", "l = [1], l = ${l} [2], l += 3");
        Assert.Equal("{a:{l:[1,2,3]}}", Read("a { include \"b.conf\" }"));
    }

    [Fact]
    public void Cycles_are_refused_at_the_include()
    {
        string main = _folder.Write("a.conf", "\n  include \"b.conf\"");
        string other = _folder.Write("b.conf", "include \"a.conf\"");
        HoconException error = Assert.Throws<HoconException>(() => new HoconFiles().Load(main));
        Assert.Equal($"{other}:1:9: 'a.conf' includes itself, directly or through other files; remove one include", error.Message);
    }

    [Fact]
    public void A_missing_file_is_refused_at_the_include()
    {
        string main = _folder.Write("a.conf", "x = 1\ninclude \"b.conf\"");
        HoconException error = Assert.Throws<HoconException>(() => new HoconFiles().Load(main));
        Assert.Equal($"{main}:2:9: expected an existing file to include, found 'b.conf', which is not in the folder of the including file", error.Message);
    }

    [Fact]
    public void Files_that_include_each_other_without_end_are_refused()
    {
        for (int i = 0; i < 20; i++) _folder.Write($"{i}.conf", $"a {{ include \"{i + 1}.conf\" }}, b {{ include \"{i + 1}.conf\" }}");
        Assert.Contains("at most 16 files within each other", Assert.Throws<HoconException>(() => new HoconFiles().Load(Path.Combine(_folder.Path, "0.conf"))).Message, StringComparison.Ordinal);
        for (int i = 10; i < 20; i++) _folder.Write($"{i}.conf", "x = 1");
        Assert.Contains("100 in all", Assert.Throws<HoconException>(() => new HoconFiles().Load(Path.Combine(_folder.Path, "0.conf"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_an_included_file_names_that_file()
    {
        string other = _folder.Write("b.conf", "\n\nx = [");
        string main = _folder.Write("a.conf", "include \"b.conf\"");
        Assert.StartsWith($"{other}:3:5: ", Assert.Throws<HoconException>(() => new HoconFiles().Load(main)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_no_utf8_or_too_large_are_refused()
    {
        string bytes = _folder.Write("bytes.conf", [0x61, 0x3d, 0xff, 0xfe]);
        Assert.Equal($"{bytes}: expected UTF-8 text, found other bytes; save the file as UTF-8", Assert.Throws<HoconException>(() => new HoconFiles().Load(bytes)).Message);
        string large = _folder.Write("large.conf", new byte[HoconLimits.FileBytesMax + 1]);
        Assert.Equal($"{large}: expected a configuration of at most 1 MiB", Assert.Throws<HoconException>(() => new HoconFiles().Load(large)).Message);
    }

    private string Read(string text) => HoconText.Show(HoconResolver.Resolve(new HoconFiles().Load(_folder.Write("main.conf", text)), static _ => null));
}
