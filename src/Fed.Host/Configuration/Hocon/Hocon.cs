using System.Reflection;

namespace Fed.Host.Configuration.Hocon;

/// <summary>Reads HOCON. What is understood, and the few deliberate differences, are in docs/configuration.md.</summary>
internal static class Hocon
{
    /// <summary>Reads a file over built-in defaults and resolves both together, so that either may refer to the other.</summary>
    /// <param name="file">The user's file.</param>
    /// <param name="defaults">Name and text of what lies beneath it.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="overrides">Later definitions than the file's, earliest first; the file's substitutions see them.</param>
    /// <exception cref="UserException">Unreadable, not HOCON, or not resolvable.</exception>
    public static HoconObject Load(string file, (string Name, string Text) defaults, Func<string, string?> environment, params ReadOnlySpan<HoconObject> overrides)
    {
        HoconFiles files = new();
        ObjectNode root = HoconParser.Parse(defaults.Name, defaults.Text, files, []);
        root.PutAll(files.Load(file));
        foreach (HoconObject later in overrides)
            foreach ((string key, HoconValue value) in later.Members) root.Put(key, new ValueNode(value));
        return HoconResolver.Resolve(root, environment);
    }

    /// <summary>Reads text alone.</summary>
    /// <param name="text">HOCON.</param>
    /// <param name="name">The file name for messages and for relative includes.</param>
    /// <param name="environment">Looks up an environment variable; none when absent.</param>
    /// <exception cref="UserException">Not HOCON, or not resolvable.</exception>
    public static HoconObject Parse(string text, string name, Func<string, string?>? environment = null) =>
        HoconResolver.Resolve(HoconParser.Parse(name, text, new HoconFiles(), []), environment ?? (static _ => null));

    /// <summary>The text of a configuration that is part of the program.</summary>
    public static string Embedded(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
