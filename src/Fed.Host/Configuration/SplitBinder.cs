using Fed.Learning.Data;
using Fed.Learning.Data.Sources;

namespace Fed.Host.Configuration;

/// <summary>Reads and validates <c>simulation.split</c>: by row number, by a column, or by a hash of a key.</summary>
internal static class SplitBinder
{
    public static SplitRule Bind(ConfigReader block, DataSource source)
    {
        int every = block.Integer("test-every", 2), offset = block.Integer("test-offset", 0);
        string? column = block.OptionalText("column"), key = block.OptionalText("key");
        double test = block.Real("test-share", 0, above: true), validation = block.Real("validation-share", 0);
        string salt = block.RawText("salt");
        int? validationEvery = block.OptionalInteger("validation-every", 2);
        if (column is not null && key is not null) throw block.Refuse("key", $"{block.Path}.column and key are both set; keep one of them");
        if (column is null && key is null && SourceBinder.HasTest(source) && !block.IsUsers("test-every") && !block.IsUsers("test-offset")) column = "set";   // the source says it itself
        if (key is null)
            foreach (string only in (ReadOnlySpan<string>)["test-share", "validation-share", "salt"])
                if (block.IsUsers(only)) throw block.Refuse(only, $"{block.Path}.{only} has no use without {block.Path}.key; remove it");
        if (column is not null || key is not null)
        {
            string? both = block.IsUsers("test-every") ? "test-every" : block.IsUsers("test-offset") ? "test-offset" : null;
            if (both is not null) throw block.Refuse(both, $"{block.Path}.{both} has no use beside {block.Path}.{(column is null ? "key" : "column")}; keep one of them");
        }
        if (column is not null) return new SplitRule.ByColumn(column) { ValidationEvery = validationEvery };
        if (key is not null)
        {
            if (validationEvery is not null) throw block.Refuse("validation-every", $"{block.Path}.validation-every would divide the rows of a key; use validation-share");
            if (test + validation >= 1) throw block.RefusePair("validation-share", "test-share", $"{block.Path}.test-share and validation-share leave nothing for training; together they must be below 1");
            return new SplitRule.ByKey(key, salt, test, validation);
        }
        if (offset >= every)
            throw block.RefusePair("test-offset", "test-every", $"{block.Path}.test-offset = {offset} is never reached with test-every = {every}; it must be below it");
        return new SplitRule.EveryNth(every, offset) { ValidationEvery = validationEvery };
    }
}
