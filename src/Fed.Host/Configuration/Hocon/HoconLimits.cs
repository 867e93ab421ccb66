namespace Fed.Host.Configuration.Hocon;

/// <summary>Bounds that keep a hostile or mistaken file from hanging the reader or exhausting its stack; far above any real configuration.</summary>
internal static class HoconLimits
{
    /// <summary>Bytes of one file.</summary>
    public const int FileBytesMax = 1 << 20;

    /// <summary>Objects and lists within each other, dotted keys included. Together with <see cref="SubstitutionDepthMax"/> it bounds the recursion to a few thousand frames.</summary>
    public const int DepthMax = 32;

    /// <summary>Substitutions that are being resolved for each other's sake.</summary>
    public const int SubstitutionDepthMax = 32;

    /// <summary>Files within each other by <c>include</c>.</summary>
    public const int IncludeDepthMax = 16;

    /// <summary>Files read for one configuration.</summary>
    public const int FilesMax = 100;

    /// <summary>Steps of resolution: values built and characters copied. Stops files in which each value doubles the one before.</summary>
    public const int WorkMax = 1_000_000;
}
