using System.Collections.Immutable;
using Fed.Host.Configuration.Hocon;

namespace Fed.Host.Configuration;

/// <summary>
/// Settings that may be written in short: <c>protection = secagg</c> stands for <c>protection { mode = secagg }</c>. Over the defaults, and in a run of a comparison over its file, it keeps the rest
/// of the block, which HOCON alone would throw away; within one file it is HOCON's rule that holds.
/// </summary>
internal static class ShortForm
{
    private static readonly ImmutableArray<string> Block = ["job", "protection"];
    private const string Key = "mode";

    /// <summary>Writes settings out that lie over others, before they are merged.</summary>
    public static HoconObject Expand(HoconObject settings) => Rewrite(settings, 0, Whole);

    /// <summary>Writes the merged settings out, and gives what a short form threw away its defaults back.</summary>
    public static HoconObject Expand(HoconObject settings, HoconObject defaults)
    {
        HoconObject known = (HoconObject)Block.Aggregate((HoconValue)defaults, static (node, key) => ((HoconObject)node)[key]!);
        return Rewrite(settings, 0, value => Whole(value) is HoconObject block ? Over(known, block) : value);
    }

    private static HoconValue Whole(HoconValue value) =>
        value is HoconScalar { Kind: not HoconScalarKind.Null } ? new HoconObject(value.Origin, [KeyValuePair.Create(Key, value)]) : value;

    private static HoconObject Over(HoconObject below, HoconObject above) =>
        new(above.Origin, [.. below.Members.Select(member => KeyValuePair.Create(member.Key, above[member.Key] ?? member.Value)), .. above.Members.Where(member => below[member.Key] is null)]);

    private static HoconObject Rewrite(HoconObject node, int depth, Func<HoconValue, HoconValue> block) => new(
        node.Origin,
        [
            .. node.Members.Select(member => member.Key != Block[depth] ? member
                : KeyValuePair.Create(member.Key, depth == Block.Length - 1 ? block(member.Value) : member.Value is HoconObject below ? Rewrite(below, depth + 1, block) : member.Value)),
        ]);
}
