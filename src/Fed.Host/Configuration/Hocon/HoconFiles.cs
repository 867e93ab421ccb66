using System.Collections.Immutable;
using System.Text;

namespace Fed.Host.Configuration.Hocon;

/// <summary>Reads files and what they include, each relative to the one that names it.</summary>
internal sealed class HoconFiles
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Stack<string> _open = new();
    private int _count;

    /// <summary>Reads the main file.</summary>
    /// <exception cref="UserException">Missing, unreadable, too large, or not HOCON.</exception>
    public ObjectNode Load(string file)
    {
        if (Directory.Exists(file)) throw new UserException($"'{file}' is a folder; name a configuration file such as hocon/quickstart.conf");
        if (!File.Exists(file)) throw new UserException($"the configuration file '{file}' does not exist; check its path");
        return Read(file, []);
    }

    /// <summary>Reads an included file. Unlike HOCON's default a missing one is an error: a silently dropped file would drop its settings too.</summary>
    /// <exception cref="HoconException">Missing, a cycle, too many, or not HOCON.</exception>
    public ObjectNode Include(HoconOrigin at, string name, ImmutableArray<string> under)
    {
        string file = Path.Combine(Path.GetDirectoryName(at.File) ?? "", name);
        if (!File.Exists(file)) throw new HoconException(at, $"expected an existing file to include, found '{name}', which is not in the folder of the including file");
        if (_open.Contains(Path.GetFullPath(file), StringComparer.Ordinal)) throw new HoconException(at, $"'{name}' includes itself, directly or through other files; remove one include");
        if (_open.Count >= HoconLimits.IncludeDepthMax || _count >= HoconLimits.FilesMax)
            throw new HoconException(at, $"expected at most {HoconLimits.IncludeDepthMax} files within each other and {HoconLimits.FilesMax} in all");
        return Read(file, under);
    }

    private ObjectNode Read(string file, ImmutableArray<string> under)
    {
        if (new FileInfo(file).Length > HoconLimits.FileBytesMax) throw new HoconException(new HoconOrigin(file, 0, 0), "expected a configuration of at most 1 MiB");
        string text;
        try
        {
            text = File.ReadAllText(file, Utf8);
        }
        catch (DecoderFallbackException)
        {
            throw new HoconException(new HoconOrigin(file, 0, 0), "expected UTF-8 text, found other bytes; save the file as UTF-8");
        }
        _count++;
        _open.Push(Path.GetFullPath(file));
        ObjectNode root = HoconParser.Parse(file, text, this, under);
        _open.Pop();
        return root;
    }
}
